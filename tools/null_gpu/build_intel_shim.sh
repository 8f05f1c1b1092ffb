#!/usr/bin/env bash
# Builds the shim with which Mesa's Intel driver (ANV) compiles for a GPU that is not there.
#
#   tools/null_gpu/build_intel_shim.sh MESA_SOURCE OUT.so
#
# MESA_SOURCE is the unpacked source of Mesa, of the version that is installed:
# `apt-get source mesa` on Debian. Needs gcc and libdrm-dev. Written for Mesa 22.3.
set -euo pipefail
src=$1/src out=$2

has="PTHREAD STRUCT_TIMESPEC ENDIAN_H DLFCN_H SECURE_GETENV TIMESPEC_GET MEMFD_CREATE"
has+=" __BUILTIN_FFS __BUILTIN_FFSLL __BUILTIN_CLZ __BUILTIN_CLZLL __BUILTIN_EXPECT"
has+=" __BUILTIN_UNREACHABLE __BUILTIN_POPCOUNT __BUILTIN_BSWAP32 __BUILTIN_BSWAP64"
has+=" FUNC_ATTRIBUTE_PURE FUNC_ATTRIBUTE_MALLOC FUNC_ATTRIBUTE_UNUSED FUNC_ATTRIBUTE_FORMAT"
has+=" FUNC_ATTRIBUTE_PACKED"
flags=(-O1 -w -shared -fPIC -fvisibility=hidden -D_GNU_SOURCE -DNDEBUG -DMAJOR_IN_SYSMACROS
  -DUSE_GCC_ATOMIC_BUILTINS -DUTIL_ARCH_LITTLE_ENDIAN=1 -DUTIL_ARCH_BIG_ENDIAN=0
  -DHAVE_SYS_SYSCTL_H=0 '-DPACKAGE_VERSION=""' '-DPACKAGE_BUGREPORT=""')
for name in $has; do flags+=("-DHAVE_$name"); done
for folder in "$1/include" "$src" "$src/intel" /usr/include/libdrm; do flags+=("-I$folder"); done

gcc "${flags[@]}" -o "$out" \
  "$src"/intel/tools/intel_noop_drm_shim.c "$src"/drm-shim/{device,drm_shim}.c \
  "$src"/intel/dev/intel_{device_info,hwconfig}.c "$src"/intel/common/intel_{gem,engine}.c \
  "$src"/util/{hash_table,ralloc,set,u_debug,vma,os_misc,os_file,log,u_printf,string_buffer}.c \
  "$src"/c11/impl/{threads_posix,time}.c -ldrm -ldl -lpthread -Wl,--no-undefined
