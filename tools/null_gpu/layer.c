// A Vulkan layer that lets wgpu open Mesa's AMD driver (RADV) without an AMD GPU.
//
// With RADV_FORCE_FAMILY, RADV compiles for a GPU that is not there. Its physical device has no
// memory and no synchronization, so wgpu refuses it or the driver crashes. The layer supplies what
// is missing: memory in RAM, fences and semaphores that are always signaled, and command buffers
// that record nothing. Nothing runs on such a device; it only compiles.
//
// For each compute pipeline, the layer asks VK_KHR_pipeline_executable_properties for the driver's
// statistics and machine code, and writes them to $NULL_GPU_OUT/NNNN.txt: one line "name: value"
// for each statistic, an empty line, and the disassembly. Pipelines are numbered in the order in
// which they are created.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define LAYER static VKAPI_ATTR VkResult VKAPI_CALL
#define LAYER_VOID static VKAPI_ATTR void VKAPI_CALL
#define ALLOCATOR const VkAllocationCallbacks *allocator

// The next layer or the driver. wgpu opens one instance and one device per process.
static PFN_vkGetInstanceProcAddr next_instance_proc;
static PFN_vkGetDeviceProcAddr next_device_proc;
static VkInstance instance;
#define OF_INSTANCE(name) ((PFN_##name)next_instance_proc(instance, #name))
#define OF_DEVICE(device, name) ((PFN_##name)next_device_proc(device, #name))

// ---- Memory ----

#define HEAP_BYTES ((VkDeviceSize)16 << 30)

static void describe_memory(VkPhysicalDeviceMemoryProperties *memory) {
  memset(memory, 0, sizeof *memory);
  memory->memoryHeapCount = 1;
  memory->memoryHeaps[0].size = HEAP_BYTES;
  memory->memoryHeaps[0].flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT;
  memory->memoryTypeCount = 2;
  memory->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  memory->memoryTypes[1].propertyFlags =
      VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
      VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}

LAYER_VOID get_memory_properties(VkPhysicalDevice physical,
                                 VkPhysicalDeviceMemoryProperties *memory) {
  describe_memory(memory);
}

LAYER_VOID get_memory_properties2(VkPhysicalDevice physical,
                                  VkPhysicalDeviceMemoryProperties2 *memory) {
  describe_memory(&memory->memoryProperties);
  for (VkBaseOutStructure *each = memory->pNext; each; each = each->pNext) {
    if (each->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = (void *)each;
    memset(budget->heapBudget, 0, sizeof budget->heapBudget);
    memset(budget->heapUsage, 0, sizeof budget->heapUsage);
    budget->heapBudget[0] = HEAP_BYTES;
  }
}

// The null device reports no memory type for any buffer.
static void allow_all_types(VkMemoryRequirements *required) {
  required->memoryTypeBits = 3;
  if (!required->alignment) required->alignment = 16;
}

LAYER_VOID get_buffer_requirements(VkDevice device, VkBuffer buffer,
                                   VkMemoryRequirements *required) {
  OF_DEVICE(device, vkGetBufferMemoryRequirements)(device, buffer, required);
  allow_all_types(required);
}

LAYER_VOID get_buffer_requirements2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *info,
                                    VkMemoryRequirements2 *required) {
  OF_DEVICE(device, vkGetBufferMemoryRequirements2)(device, info, required);
  allow_all_types(&required->memoryRequirements);
}

typedef struct {
  void *bytes; // allocated when it is mapped
  VkDeviceSize size;
} Memory;
#define MEMORY(handle) ((Memory *)(uintptr_t)(handle))

LAYER allocate_memory(VkDevice device, const VkMemoryAllocateInfo *info, ALLOCATOR,
                      VkDeviceMemory *out) {
  Memory *memory = calloc(1, sizeof *memory);
  if (!memory) return VK_ERROR_OUT_OF_HOST_MEMORY;
  memory->size = info->allocationSize;
  *out = (VkDeviceMemory)(uintptr_t)memory;
  return VK_SUCCESS;
}

LAYER_VOID free_memory(VkDevice device, VkDeviceMemory handle, ALLOCATOR) {
  if (handle) free(MEMORY(handle)->bytes);
  free(MEMORY(handle));
}

LAYER map_memory(VkDevice device, VkDeviceMemory handle, VkDeviceSize offset, VkDeviceSize size,
                 VkMemoryMapFlags flags, void **out) {
  Memory *memory = MEMORY(handle);
  if (!memory->bytes) memory->bytes = calloc(1, memory->size);
  if (!memory->bytes) return VK_ERROR_MEMORY_MAP_FAILED;
  *out = (char *)memory->bytes + offset;
  return VK_SUCCESS;
}

LAYER_VOID unmap_memory(VkDevice device, VkDeviceMemory handle) {}

LAYER flush_memory(VkDevice device, uint32_t count, const VkMappedMemoryRange *ranges) {
  return VK_SUCCESS;
}

LAYER bind_buffer(VkDevice device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset) {
  return VK_SUCCESS;
}

// ---- Fences and semaphores ----

// A fence or a timeline semaphore. Waiting always succeeds.
typedef struct {
  uint64_t value;
} Signal;
#define SIGNAL(handle) ((Signal *)(uintptr_t)(handle))

static VkResult create_signal(uint64_t *handle) {
  Signal *signal = calloc(1, sizeof *signal);
  *handle = (uint64_t)(uintptr_t)signal;
  return signal ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
}

LAYER create_semaphore(VkDevice device, const VkSemaphoreCreateInfo *info, ALLOCATOR,
                       VkSemaphore *out) {
  return create_signal((uint64_t *)out);
}
LAYER_VOID destroy_semaphore(VkDevice device, VkSemaphore semaphore, ALLOCATOR) {
  free(SIGNAL(semaphore));
}
LAYER get_semaphore_value(VkDevice device, VkSemaphore semaphore, uint64_t *value) {
  *value = SIGNAL(semaphore)->value;
  return VK_SUCCESS;
}
LAYER wait_semaphores(VkDevice device, const VkSemaphoreWaitInfo *info, uint64_t timeout) {
  return VK_SUCCESS;
}
LAYER signal_semaphore(VkDevice device, const VkSemaphoreSignalInfo *info) {
  SIGNAL(info->semaphore)->value = info->value;
  return VK_SUCCESS;
}
LAYER create_fence(VkDevice device, const VkFenceCreateInfo *info, ALLOCATOR, VkFence *out) {
  return create_signal((uint64_t *)out);
}
LAYER_VOID destroy_fence(VkDevice device, VkFence fence, ALLOCATOR) { free(SIGNAL(fence)); }
LAYER reset_fences(VkDevice device, uint32_t count, const VkFence *fences) { return VK_SUCCESS; }
LAYER get_fence_status(VkDevice device, VkFence fence) { return VK_SUCCESS; }
LAYER wait_for_fences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all,
                      uint64_t timeout) {
  return VK_SUCCESS;
}

// ---- Commands ----

static void signal_all(const VkSubmitInfo *submit) {
  for (const VkBaseInStructure *each = submit->pNext; each; each = each->pNext) {
    if (each->sType != VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO) continue;
    const VkTimelineSemaphoreSubmitInfo *timeline = (const void *)each;
    for (uint32_t i = 0; i < timeline->signalSemaphoreValueCount; i++) {
      uint64_t value = timeline->pSignalSemaphoreValues[i];
      if (value) SIGNAL(submit->pSignalSemaphores[i])->value = value;
    }
  }
}

LAYER queue_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits, VkFence fence) {
  for (uint32_t i = 0; i < count; i++) signal_all(&submits[i]);
  return VK_SUCCESS;
}
LAYER queue_wait_idle(VkQueue queue) { return VK_SUCCESS; }
LAYER device_wait_idle(VkDevice device) { return VK_SUCCESS; }

// Commands and descriptors need memory that is bound to buffers, so none are recorded.
LAYER begin_commands(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info) {
  return VK_SUCCESS;
}
LAYER end_commands(VkCommandBuffer commands) { return VK_SUCCESS; }
LAYER reset_pool(VkDevice device, VkCommandPool pool, VkCommandPoolResetFlags flags) {
  return VK_SUCCESS;
}
// Calling conventions allow a function to ignore its arguments.
LAYER_VOID ignore(void) {}

// ---- Pipelines ----

static int pipelines = 0;

static void write_statistics(FILE *file, VkDevice device, const VkPipelineExecutableInfoKHR *of) {
  PFN_vkGetPipelineExecutableStatisticsKHR get =
      OF_DEVICE(device, vkGetPipelineExecutableStatisticsKHR);
  uint32_t count = 0;
  get(device, of, &count, NULL);
  VkPipelineExecutableStatisticKHR *all = calloc(count, sizeof *all);
  for (uint32_t i = 0; i < count; i++)
    all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  get(device, of, &count, all);
  for (uint32_t i = 0; i < count; i++)
    fprintf(file, "%s: %llu\n", all[i].name, (unsigned long long)all[i].value.u64);
  free(all);
}

// Writes the representation that is machine code; others are the driver's intermediate forms.
static void write_assembly(FILE *file, VkDevice device, const VkPipelineExecutableInfoKHR *of) {
  PFN_vkGetPipelineExecutableInternalRepresentationsKHR get =
      OF_DEVICE(device, vkGetPipelineExecutableInternalRepresentationsKHR);
  uint32_t count = 0;
  get(device, of, &count, NULL);
  VkPipelineExecutableInternalRepresentationKHR *all = calloc(count, sizeof *all);
  for (uint32_t i = 0; i < count; i++)
    all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  get(device, of, &count, all); // the sizes
  for (uint32_t i = 0; i < count; i++) all[i].pData = calloc(1, all[i].dataSize + 1);
  get(device, of, &count, all);
  for (uint32_t i = 0; i < count; i++) {
    if (all[i].isText && strstr(all[i].name, "ssembly")) fprintf(file, "\n%s", (char *)all[i].pData);
    free(all[i].pData);
  }
  free(all);
}

static void write_pipeline(VkDevice device, VkPipeline pipeline) {
  const char *folder = getenv("NULL_GPU_OUT");
  if (!folder) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/%04d.txt", folder, pipelines++);
  FILE *file = fopen(path, "w");
  if (!file) return;
  VkPipelineExecutableInfoKHR of = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, NULL, pipeline,
                                    0};
  write_statistics(file, device, &of);
  write_assembly(file, device, &of);
  fclose(file);
}

// Bypasses the pipeline cache, which would return pipelines without their machine code.
LAYER create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                       const VkComputePipelineCreateInfo *infos, ALLOCATOR, VkPipeline *out) {
  VkComputePipelineCreateInfo *captured = malloc(count * sizeof *captured);
  if (!captured) return VK_ERROR_OUT_OF_HOST_MEMORY;
  memcpy(captured, infos, count * sizeof *captured);
  for (uint32_t i = 0; i < count; i++)
    captured[i].flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
                         VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
  VkResult result = OF_DEVICE(device, vkCreateComputePipelines)(device, VK_NULL_HANDLE, count,
                                                                captured, allocator, out);
  for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) write_pipeline(device, out[i]);
  free(captured);
  return result;
}

// ---- Instance and device ----

// The loader passes the next layer in the chain of extension structures.
#define FIND_LINK(type, info, stype)                                                     \
  (type *)find_link((const VkBaseInStructure *)(info)->pNext, stype)

static const void *find_link(const VkBaseInStructure *chain, VkStructureType stype) {
  for (; chain; chain = chain->pNext) {
    // Both structures start with the same fields.
    const VkLayerInstanceCreateInfo *link = (const void *)chain;
    if (chain->sType == stype && link->function == VK_LAYER_LINK_INFO) return chain;
  }
  return NULL;
}

LAYER create_instance(const VkInstanceCreateInfo *info, ALLOCATOR, VkInstance *out) {
  VkLayerInstanceCreateInfo *link =
      FIND_LINK(VkLayerInstanceCreateInfo, info, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next_instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  PFN_vkCreateInstance create = (PFN_vkCreateInstance)next_instance_proc(NULL, "vkCreateInstance");
  VkResult result = create(info, allocator, out);
  if (result == VK_SUCCESS) instance = *out;
  return result;
}

// Enables the extension that reports machine code.
LAYER create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info, ALLOCATOR,
                    VkDevice *out) {
  VkLayerDeviceCreateInfo *link =
      FIND_LINK(VkLayerDeviceCreateInfo, info, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next_device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  uint32_t count = info->enabledExtensionCount;
  const char **names = calloc(count + 1, sizeof *names);
  if (!names) return VK_ERROR_OUT_OF_HOST_MEMORY;
  int enabled = 0;
  for (uint32_t i = 0; i < count; i++) {
    names[i] = info->ppEnabledExtensionNames[i];
    enabled |= !strcmp(names[i], VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME);
  }
  if (!enabled) names[count++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      (void *)info->pNext, VK_TRUE};
  VkDeviceCreateInfo extended = *info;
  extended.enabledExtensionCount = count;
  extended.ppEnabledExtensionNames = names;
  extended.pNext = &feature;
  VkResult result = OF_INSTANCE(vkCreateDevice)(physical, &extended, allocator, out);
  free(names);
  return result;
}

// ---- The table of replaced functions ----

static PFN_vkVoidFunction get_instance_proc(VkInstance of, const char *name);
static PFN_vkVoidFunction get_device_proc(VkDevice of, const char *name);

static const struct {
  const char *name;
  void *function;
} replaced[] = {
    {"vkGetInstanceProcAddr", get_instance_proc},
    {"vkGetDeviceProcAddr", get_device_proc},
    {"vkCreateInstance", create_instance},
    {"vkCreateDevice", create_device},
    {"vkCreateComputePipelines", create_pipelines},
    {"vkGetPhysicalDeviceMemoryProperties", get_memory_properties},
    {"vkGetPhysicalDeviceMemoryProperties2", get_memory_properties2},
    {"vkGetPhysicalDeviceMemoryProperties2KHR", get_memory_properties2},
    {"vkGetBufferMemoryRequirements", get_buffer_requirements},
    {"vkGetBufferMemoryRequirements2", get_buffer_requirements2},
    {"vkGetBufferMemoryRequirements2KHR", get_buffer_requirements2},
    {"vkAllocateMemory", allocate_memory},
    {"vkFreeMemory", free_memory},
    {"vkMapMemory", map_memory},
    {"vkUnmapMemory", unmap_memory},
    {"vkFlushMappedMemoryRanges", flush_memory},
    {"vkInvalidateMappedMemoryRanges", flush_memory},
    {"vkBindBufferMemory", bind_buffer},
    {"vkCreateSemaphore", create_semaphore},
    {"vkDestroySemaphore", destroy_semaphore},
    {"vkGetSemaphoreCounterValue", get_semaphore_value},
    {"vkGetSemaphoreCounterValueKHR", get_semaphore_value},
    {"vkWaitSemaphores", wait_semaphores},
    {"vkWaitSemaphoresKHR", wait_semaphores},
    {"vkSignalSemaphore", signal_semaphore},
    {"vkSignalSemaphoreKHR", signal_semaphore},
    {"vkCreateFence", create_fence},
    {"vkDestroyFence", destroy_fence},
    {"vkResetFences", reset_fences},
    {"vkGetFenceStatus", get_fence_status},
    {"vkWaitForFences", wait_for_fences},
    {"vkQueueSubmit", queue_submit},
    {"vkQueueWaitIdle", queue_wait_idle},
    {"vkDeviceWaitIdle", device_wait_idle},
    {"vkBeginCommandBuffer", begin_commands},
    {"vkEndCommandBuffer", end_commands},
    {"vkResetCommandPool", reset_pool},
    {"vkUpdateDescriptorSets", ignore},
    {"vkCmdPipelineBarrier", ignore},
    {"vkCmdCopyBuffer", ignore},
    {"vkCmdFillBuffer", ignore},
};

static PFN_vkVoidFunction find_replaced(const char *name) {
  for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
    if (!strcmp(name, replaced[i].name)) return (PFN_vkVoidFunction)replaced[i].function;
  return NULL;
}

static PFN_vkVoidFunction get_instance_proc(VkInstance of, const char *name) {
  PFN_vkVoidFunction found = find_replaced(name);
  return found ? found : next_instance_proc(of, name);
}

static PFN_vkVoidFunction get_device_proc(VkDevice of, const char *name) {
  PFN_vkVoidFunction found = find_replaced(name);
  return found ? found : next_device_proc(of, name);
}

__attribute__((visibility("default"))) VKAPI_ATTR VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *version) {
  version->loaderLayerInterfaceVersion = 2;
  version->pfnGetInstanceProcAddr = get_instance_proc;
  version->pfnGetDeviceProcAddr = get_device_proc;
  version->pfnGetPhysicalDeviceProcAddr = NULL;
  return VK_SUCCESS;
}
