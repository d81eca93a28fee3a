/** Types of server.mjs. */
export interface Server {
  readonly origin: string;
  readonly asked: readonly string[];
  close(): void;
}

export function serve(
  isolated: boolean,
  options?: { readonly folder?: string; readonly collect?: boolean; readonly late?: string },
): Promise<Server>;
