/** Counter-based random words, normals and features; shaders/lib holds the twins. Specification: docs/paths.md. */
export { Stream } from './address.ts';
export { fillFeatures, studentFromWords, uniformFromWord } from './features.ts';
export { drawsOf, problemOf } from './layout.ts';
export { cosTurn, fillNormals, minusTwoLogUniform, normal, normalsFromWords, sinTurn } from './normals.ts';
export { datasetOf, permuted, RowOrder } from './order.ts';
export { datasetOfProblem, type SampleSource, sampleSource, tableDataset } from './samples.ts';
export { fillWords, threefry4x32, word } from './threefry.ts';
