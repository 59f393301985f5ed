/** Preloaded into the command: its first GPU device is destroyed some submissions after it was opened. */
import { globals } from 'webgpu';

const { GPUAdapter, GPUQueue } = globals;
const { requestDevice } = GPUAdapter.prototype;
let devices = 0;
GPUAdapter.prototype.requestDevice = async function (...all) {
  const device = await requestDevice.apply(this, all);
  if (devices++ > 0) return device;
  const { queue } = device;
  const { submit } = GPUQueue.prototype;
  let submissions = 0;
  GPUQueue.prototype.submit = function (...work) {
    submit.apply(this, work);
    if (this === queue && ++submissions === 3) device.destroy();
  };
  return device;
};
