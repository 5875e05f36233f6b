/** What this dashboard uses of uPlot 1.6; npm's package brings all of it. */
declare module "uplot" {
  export interface Scale { min?: number; max?: number }
  export interface Options {
    width: number;
    height: number;
    padding?: (number | null)[];
    scales?: Record<string, {
      time?: boolean; distr?: number; auto?: boolean;
      range?: (plot: uPlot, min: number | null, max: number | null) => [number, number];
    }>;
    series: {
      label?: string; stroke?: string; width?: number; fill?: string; dash?: number[]; show?: boolean;
      points?: { show?: boolean; size?: number };
    }[];
    bands?: { series: [number, number]; fill?: string; dir?: number }[];
    axes?: {
      stroke?: string; font?: string; size?: number; gap?: number; space?: number; show?: boolean;
      grid?: { show?: boolean; stroke?: string; width?: number }; ticks?: { show?: boolean; stroke?: string };
      values?: (plot: uPlot, values: number[]) => (string | null)[];
    }[];
    cursor?: {
      drag?: { x?: boolean; y?: boolean; setScale?: boolean };
      sync?: { key: string; setSeries?: boolean };
      points?: { size?: number; show?: boolean };
      y?: boolean;
    };
    legend?: { show?: boolean };
    hooks?: {
      setSelect?: ((plot: uPlot) => void)[]; setCursor?: ((plot: uPlot) => void)[]; draw?: ((plot: uPlot) => void)[];
    };
  }
  export type AlignedData = (readonly (number | null)[])[];
  export default class uPlot {
    constructor(options: Options, data: AlignedData, target: HTMLElement);
    readonly cursor: { idx?: number | null; left?: number; top?: number };
    readonly select: { left: number; width: number; top: number; height: number };
    readonly data: AlignedData;
    setData(data: AlignedData): void;
    setSize(size: { width: number; height: number }): void;
    setScale(scale: string, limits: { min: number; max: number }): void;
    setSelect(select: { left: number; width: number; top: number; height: number }, fire?: boolean): void;
    posToVal(position: number, scale: string): number;
    destroy(): void;
  }
}
