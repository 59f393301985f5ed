/** diagflow as a library. Importing it runs nothing. */
export * from './run/index.ts';
