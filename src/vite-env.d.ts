/// <reference types="vite/client" />
/// <reference types="@webgpu/types" />

declare const __DIAGFLOW_VERSION__: string;
