/** One ensemble in a process of its own, so that its peak of resident memory can be read: `tsx memory-child.ts DIMENSION REPLICAS`. */
import { createCpuEngine } from '../../src/cpu/index.ts';
import { buildProblem } from '../../src/problem/index.ts';
import { experimentOf, finalValues, sgdRequest } from './simulate.ts';

const [dimension, replicas] = process.argv.slice(2).map(Number);
const engine = createCpuEngine();
const steps = Math.max(2, Math.min(200, Math.round(2e7 / (dimension * replicas))));
const risks = await finalValues(
  engine,
  sgdRequest(buildProblem(experimentOf(dimension, steps / dimension)), replicas, 1),
);
await engine.dispose();
if (!risks.every(Number.isFinite)) throw new Error('a risk is not a finite number');
// maxRSS is in KiB.
process.stdout.write(JSON.stringify({ bytes: 1024 * process.resourceUsage().maxRSS, replicas: risks.length }));
