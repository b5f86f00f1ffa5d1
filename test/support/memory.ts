import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where temporary files have no disk behind them, if there is such a place: for what is done thousands of times. */
export const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
