/** HOSTILE_FULL=1 asks for the full counts; otherwise each test takes what fits a check of every change. */
export const isFull = process.env.HOSTILE_FULL === '1';

export const scaled = ({ usual, full }: { usual: number; full: number }): number => (isFull ? full : usual);
