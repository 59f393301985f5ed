/** The version in package.json, put here by the build; "source" where the sources run unbuilt. */
export const VERSION: string = typeof __DIAGFLOW_VERSION__ === 'string' ? __DIAGFLOW_VERSION__ : 'source';
