/** SVG → PNG at twice the size, with a text chunk that says where the numbers come from. */
import { withText } from '../../results/plot/pngchunks.ts';

const RATIO = 2;

export async function pngOf(svg: string, description: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = document.createElement('canvas');
    canvas.width = RATIO * width;
    canvas.height = RATIO * height;
    const context = canvas.getContext('2d')!;
    context.scale(RATIO, RATIO);
    context.drawImage(image, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('this browser could not make a PNG of the plot; take the SVG');
    const bytes = withText(new Uint8Array(await blob.arrayBuffer()), 'Comment', description);
    return new Blob([bytes], { type: 'image/png' });
  } finally {
    URL.revokeObjectURL(url);
  }
}
