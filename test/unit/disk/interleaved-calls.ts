/** What somebody else does before every call that `interleaved` hooks; a test sets it. */
export const others = { turn: (): void => undefined };

/** The module with its functions of these names hooked, for `vi.mock`. */
export function interleaved<Module extends object>(original: Module, names: readonly (keyof Module)[]): Module {
  const hooked = names.map((name) => {
    const call = original[name] as (...args: unknown[]) => unknown;
    const wrapper = (...args: unknown[]) => {
      others.turn();
      return call(...args);
    };
    return [name, wrapper];
  });
  return { ...original, ...Object.fromEntries(hooked) };
}
