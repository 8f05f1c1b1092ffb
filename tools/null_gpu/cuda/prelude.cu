// WGSL's types and functions in CUDA C++, as far as the backend prints them. See translate.ts.
using i32 = int;
using u32 = unsigned;
using f32 = float;

template <class T> struct alignas(16) vec4 {
  T x, y, z, w;
  vec4() = default;
  __device__ explicit vec4(T a) : x(a), y(a), z(a), w(a) {}
  __device__ vec4(T a, T b, T c, T d) : x(a), y(b), z(c), w(d) {}
  template <class U>
  __device__ explicit vec4(vec4<U> a) : x(T(a.x)), y(T(a.y)), z(T(a.z)), w(T(a.w)) {}
  __device__ T operator[](int i) const { return i == 0 ? x : i == 1 ? y : i == 2 ? z : w; }
};
using vec4f = vec4<f32>;
using vec4i = vec4<i32>;
using vec4u = vec4<u32>;
struct vec3u { u32 x, y, z; };

#define EACH(op) { return {op(a.x, b.x), op(a.y, b.y), op(a.z, b.z), op(a.w, b.w)}; }
#define OPERATOR(symbol, R)                                                          \
  template <class T> __device__ inline vec4<R> operator symbol(vec4<T> a, vec4<T> b) { \
    return {a.x symbol b.x, a.y symbol b.y, a.z symbol b.z, a.w symbol b.w};           \
  }
OPERATOR(+, T) OPERATOR(-, T) OPERATOR(*, T) OPERATOR(/, T) OPERATOR(%, T)
OPERATOR(&, T) OPERATOR(|, T) OPERATOR(^, T)
OPERATOR(<, bool) OPERATOR(<=, bool) OPERATOR(>, bool) OPERATOR(>=, bool)
OPERATOR(==, bool) OPERATOR(!=, bool)
template <class T> __device__ inline vec4<T> operator<<(vec4<T> a, vec4u b) {
  return {a.x << b.x, a.y << b.y, a.z << b.z, a.w << b.w};
}
template <class T> __device__ inline vec4<T> operator>>(vec4<T> a, vec4u b) {
  return {a.x >> b.x, a.y >> b.y, a.z >> b.z, a.w >> b.w};
}
#define MIXED(symbol)                                                                           \
  template <class T> __device__ inline vec4<T> operator symbol(vec4<T> a, T b) {                \
    return a symbol vec4<T>(b);                                                                 \
  }                                                                                             \
  template <class T> __device__ inline vec4<T> operator symbol(T a, vec4<T> b) {                \
    return vec4<T>(a) symbol b;                                                                 \
  }
MIXED(+) MIXED(-) MIXED(*) MIXED(/)
template <class T> __device__ inline vec4<T> operator-(vec4<T> a) { return {-a.x, -a.y, -a.z, -a.w}; }
template <class T> __device__ inline vec4<T>& operator+=(vec4<T>& a, vec4<T> b) { return a = a + b; }
__device__ inline vec4<bool> operator!(vec4<bool> a) { return {!a.x, !a.y, !a.z, !a.w}; }

template <class R, class T> __device__ inline R bitcast(T a) {
  R result;
  memcpy(&result, &a, sizeof(R));
  return result;
}
__device__ inline f32 fma(f32 a, f32 b, f32 c) { return fmaf(a, b, c); }
__device__ inline vec4f fma(vec4f a, vec4f b, vec4f c) {
  return {fmaf(a.x, b.x, c.x), fmaf(a.y, b.y, c.y), fmaf(a.z, b.z, c.z), fmaf(a.w, b.w, c.w)};
}
template <class T> __device__ inline T select(T a, T b, bool c) { return c ? b : a; }
template <class T> __device__ inline vec4<T> select(vec4<T> a, vec4<T> b, vec4<bool> c) {
  return {c.x ? b.x : a.x, c.y ? b.y : a.y, c.z ? b.z : a.z, c.w ? b.w : a.w};
}
__device__ inline vec4f min(vec4f a, vec4f b) EACH(fminf)
__device__ inline vec4f max(vec4f a, vec4f b) EACH(fmaxf)
__device__ inline vec4i min(vec4i a, vec4i b) EACH(min)
__device__ inline vec4i max(vec4i a, vec4i b) EACH(max)
template <class T> __device__ inline T clamp(T a, T low, T high) { return min(max(a, low), high); }
template <class T> __device__ inline T sign(T a) { return T((a > 0) - (a < 0)); }
#define FUNCTION(name, scalar)                                        \
  __device__ inline f32 wgsl_##name(f32 a) { return scalar(a); }      \
  __device__ inline vec4f wgsl_##name(vec4f a) {                      \
    return {scalar(a.x), scalar(a.y), scalar(a.z), scalar(a.w)};      \
  }
FUNCTION(abs, fabsf) FUNCTION(sqrt, sqrtf) FUNCTION(round, rintf) FUNCTION(floor, floorf)
FUNCTION(ceil, ceilf) FUNCTION(trunc, truncf) FUNCTION(exp, expf) FUNCTION(log, logf)
FUNCTION(sin, sinf) FUNCTION(cos, cosf)
__device__ inline i32 wgsl_abs(i32 a) { return abs(a); }

// Workgroup memory: WebGPU's compilers clamp the index.
template <class T, u32 size> struct Clamped {
  T elements[size];
  __device__ T& operator[](u32 index) { return elements[min(index, size - 1)]; }
};

// They also bound the trips of every loop, with a counter of 64 bits in two words.
struct LoopBound {
  u32 low = ~0u, high = ~0u;
  __device__ bool isReached() {
    if (low == 0u && high == 0u) return true;
    high -= low == 0u;
    low -= 1u;
    return false;
  }
};
