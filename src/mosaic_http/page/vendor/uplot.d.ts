/** As much of uPlot's types as the page uses. */
export default class uPlot {
  constructor(options: object, data: (number | null)[][], parent: HTMLElement);
  setSize(size: { width: number; height: number }): void;
  setData(data: (number | null)[][]): void;
  destroy(): void;
  cursor: { idx?: number | null };
  static paths: Record<string, Function>;
  static tzDate(date: Date, zone: string): Date;
}
