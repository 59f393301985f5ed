/** The deterministic limit: the PDE, gradient flow, predictions. */

export { type PdeCost, pdeCost } from './cost.ts';
export { type DensityOptions, type DensityVariable, density, densityUV } from './densities.ts';
export { type DensityTable, densityTables } from './densitytables.ts';
export { drive } from './drive.ts';
export { type FlowOptions, type FlowSolution, solveFlow } from './flow.ts';
export { type FluctuationOptions, type RiskFluctuation, riskFluctuation } from './fluctuation/index.ts';
export { lawOfProblem, limitLaw } from './law/index.ts';
export { type Prediction, predict } from './predict.ts';
export { type QuantileCurve, quantileCurves } from './quantiles.ts';
export type { PopulationState } from './request.ts';
export { type PdeEvent, type PdeOptions, type PdeSolution, solvePde } from './solve.ts';
export { solveTrainingFlow, TRAINING_FLOW_TOLERANCE } from './trainflow.ts';
