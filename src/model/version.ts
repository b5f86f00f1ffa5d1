import project from '../../package.json' with { type: 'json' };

/** The version of this program, as package.json had it when the program was bundled. */
export const version: string = project.version;
