export interface StartUp {
  readonly best: number;
  readonly median: number;
}
export function measureStartUp(): Promise<StartUp | undefined> {
  return Promise.resolve(undefined);
}
