/** What the schema leaves to the expression language, for whoever reads experiment files. */
import { checkStepSize } from '../dynamics/stepsizes/compile.ts';
import { checkExpression } from '../expression/moment.ts';
import type { ParseOptions } from '../problem/experiment.ts';

export const expressionChecks: ParseOptions = { checkExpression, checkStepSize };
