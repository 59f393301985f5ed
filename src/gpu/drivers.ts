/** Outside browsers: which Vulkan drivers WebGPU (Dawn) can find, and what to do where it finds none. */

/** Files in which Debian's and Google's Chrome describe SwiftShader, a software Vulkan driver that Dawn accepts. */
const SOFTWARE_DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** Variables by which the Vulkan loader is told what drivers to take; the others (layers, debugging) leave the choice open. */
const CHOOSING = [
  'VK_DRIVER_FILES',
  'VK_ICD_FILENAMES',
  'VK_ADD_DRIVER_FILES',
  'VK_LOADER_DRIVERS_SELECT',
  'VK_LOADER_DRIVERS_DISABLE',
] as const;

function chosenDrivers(): string[] {
  return CHOOSING.filter((name) => process.env[name]).map((name) => `${name}=${process.env[name]}`);
}

function softwareDriver(): string | undefined {
  const { existsSync } = process.getBuiltinModule('node:fs');
  return SOFTWARE_DRIVERS.find((path) => existsSync(path));
}

/** Bun keeps variables that a program sets to itself: the Vulkan loader sees those only that were there before. */
const isBun = () => process.versions.bun !== undefined;

/** Points the Vulkan loader at SwiftShader where there is no GPU and nobody chose a driver. */
export function chooseSoftwareDriver(): void {
  if (process.platform !== 'linux' || chosenDrivers().length > 0) return;
  const { existsSync } = process.getBuiltinModule('node:fs');
  if (existsSync('/dev/dri') || existsSync('/dev/nvidia0')) return;
  const driver = softwareDriver();
  if (driver === undefined || isBun()) return;
  process.env.VK_DRIVER_FILES = driver;
  // Silences mesa's device-selection layer, where that is installed: it complains of a missing display.
  process.env.NODEVICE_SELECT ??= '1';
}

/** One line: what stands in the way of an adapter here, and what to do. */
export function driverAdvice(): string {
  if (typeof process === 'undefined' || !process.versions?.node || process.platform !== 'linux') {
    return 'install a current graphics driver';
  }
  const driver = softwareDriver();
  const chosen = chosenDrivers();
  const words = chosen.length > 0 ? [`the environment chooses the drivers (${chosen.join(', ')})`] : [];
  if (driver === undefined) {
    words.push(
      'install a graphics driver (on Debian and Ubuntu a software one comes with `apt-get install chromium libvulkan1`)',
    );
  } else if (chosen.some((one) => one.endsWith(`=${driver}`))) {
    words.push('the software driver that it names is refused: `apt-get install libvulkan1` brings what loads it');
  } else if (isBun()) {
    words.push(
      `a software driver is installed, which Bun can only be told of from outside: VK_DRIVER_FILES=${driver} bun …`,
    );
  } else if (chosen.length > 0) {
    words.push(
      `without ${chosen.length > 1 ? 'them' : 'it'} the software driver ${driver} is taken where there is no GPU`,
    );
  } else words.push(`a software driver is installed: set VK_DRIVER_FILES=${driver} to use it`);
  return words.join('; ');
}
