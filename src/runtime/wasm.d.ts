/** What importing a .wasm file gives on workerd and edge runtimes. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
