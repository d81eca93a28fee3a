export function serveTrials(): void {}
