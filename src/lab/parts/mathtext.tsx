/** A text with formulas between dollar signs, set by KaTeX; until it is there, their plain characters. */
import { Tex } from './tex.tsx';

/** Plain characters of the few formulas that texts of the page hold. */
function plain(tex: string): string {
  return tex
    .replaceAll('\\gamma', 'γ')
    .replaceAll('\\beta', 'β')
    .replaceAll('\\lambda', 'λ')
    .replaceAll('\\sigma', 'σ')
    .replaceAll('\\alpha', 'α')
    .replaceAll('\\rho', 'ρ')
    .replaceAll('\\odot', '⊙')
    .replaceAll('\\leftarrow', '←')
    .replaceAll('\\langle', '⟨')
    .replaceAll('\\rangle', '⟩')
    .replaceAll('\\sqrt d', '√d')
    .replaceAll('\\sim', '~')
    .replaceAll('\\log', 'log ')
    .replaceAll('\\ell', 'ℓ')
    .replaceAll('\\,', ' ')
    .replace(/[{}]/g, '');
}

export function MathText({ text }: { readonly text: string }) {
  return <>{text.split('$').map((part, k) => (k % 2 === 1 ? <Tex tex={part} plain={plain(part)} key={k} /> : part))}</>;
}
