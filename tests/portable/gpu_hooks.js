// What pages of tests change in WebGPU before they open a device.

/** Collects the messages of the shader compiler; the result resolves to those so far. */
export function watchShaders() {
  const pending = [];
  const { createShaderModule } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const module = createShaderModule.call(this, descriptor);
    pending.push(
      module.getCompilationInfo().then(({ messages }) =>
        messages.map(({ type, message }) => `${type} in "${descriptor.label}": ${message}`)
      ),
    );
    return module;
  };
  return async () => {
    const texts = await Promise.all(pending);
    return { modules: texts.length, messages: texts.flat() };
  };
}

/** Opens all further devices with WebGPU's default limits. */
export function useDefaultLimits() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function () {
    return requestDevice.call(this);
  };
}
