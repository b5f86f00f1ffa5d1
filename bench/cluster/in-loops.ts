/** Does something so often, so many at once. */
export async function inLoops(loops: number, count: number, deed: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const loop = async () => {
    while (next < count) await deed(next++);
  };
  await Promise.all(Array.from({ length: loops }, loop));
}
