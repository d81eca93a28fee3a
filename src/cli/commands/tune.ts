export async function tune(..._: unknown[]): Promise<void> { throw new Error('not yet'); } export async function resumeSearch(..._: unknown[]): Promise<void> {}
