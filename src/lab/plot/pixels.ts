/** Whether scripts see what was drawn: browsers that hide a reader's traces give noise instead (Firefox: privacy.resistFingerprinting). */

/** Of a channel; browsers that only blur their traces change the last bit of some pixels, which nobody sees. */
const BLUR = 3;
const SIDE = 8;

export const HIDDEN_PIXELS =
  'this browser hides the pixels of pictures from pages (in Firefox privacy.resistFingerprinting, in Tor Browser always)';

export function canReadPixels(): boolean {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext('2d');
  if (context === null) return false;
  // Two colours: a picture of one is left alone.
  context.fillStyle = '#204060';
  context.fillRect(0, 0, SIDE, SIDE);
  context.fillStyle = '#e0c0a0';
  context.fillRect(0, 0, SIDE / 2, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return data.every((value, i) => {
    const isLeft = (i >> 2) % SIDE < SIDE / 2;
    const expected = (isLeft ? [0xe0, 0xc0, 0xa0, 0xff] : [0x20, 0x40, 0x60, 0xff])[i & 3];
    return Math.abs(value - expected) <= BLUR;
  });
}
