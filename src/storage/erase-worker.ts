import { parentPort } from 'node:worker_threads';
import { type EraseJob, erase } from './erase.ts';

parentPort?.on('message', (job: EraseJob) => parentPort?.postMessage(erase(job)));
