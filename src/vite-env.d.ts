/// <reference types="vite/client" />
/// <reference types="@webgpu/types" />

declare const __DIAGFLOW_VERSION__: string;

/** The worker's program as a text: put here by the build. */
declare module 'virtual:worker-text' {
  const text: string;
  export default text;
}
