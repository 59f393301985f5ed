/**
 * zod, which makes no code from text in a page. Its first object schema asks, by `new Function('')`, whether that is allowed, and a strict
 * Content-Security-Policy reports the attempt as a violation: on every load of every page that uses diagflow. Asked while this setting
 * holds, zod answers no without trying, and remembers it; the setting itself, which other users of the same zod see, is put back.
 */
import { z } from 'zod';

if (globalThis.process?.versions?.node === undefined) {
  const { jitless = false } = z.config();
  z.config({ jitless: true });
  if (z.util.allowsEval.value) throw new Error('zod would make code from text in spite of its setting');
  z.config({ jitless });
}

export { z };
