import type { HeatMap } from "../../generated/api";

/** A cell of a picture of durations over time: how many spans of one time have one duration. */
export interface HeatCell {
  readonly column: number;
  /** From 0 at the shortest durations of the picture. */
  readonly row: number;
  readonly count: number;
}

export interface HeatPicture {
  readonly cells: readonly HeatCell[];
  readonly columnCount: number;
  readonly rowCount: number;
  readonly countMax: number;
  /** Milliseconds since 1970 of the first column, and of what follows the last one. */
  readonly from: number;
  readonly to: number;
  /** Nanoseconds of the lower edge of the lowest row, and of the upper edge of the highest one. */
  readonly shortest: number;
  readonly longest: number;
}

/** Empty rows above and below, so that a box can be drawn around all. */
const ROWS_AROUND = 1;
/** Fewer rows than these would be bars rather than cells. */
const ROWS_MIN = 8;

/** The picture of a heat map; null where it has no span. */
export function heatPictureOf(map: HeatMap): HeatPicture | null {
  const stepMs = map.step_seconds * 1_000;
  const from = Math.floor(Date.parse(map.start) / stepMs) * stepMs;
  const columnCount = Math.max(1, Math.ceil((Date.parse(map.end) - from) / stepMs));
  let [low, high] = [Infinity, -Infinity];
  for (const { rows } of map.columns) {
    for (const row of rows) [low, high] = [Math.min(low, row), Math.max(high, row)];
  }
  if (low > high) return null;
  const missing = Math.max(0, ROWS_MIN - (high - low + 1) - 2 * ROWS_AROUND);
  const first = Math.max(0, low - ROWS_AROUND - Math.floor(missing / 2));
  const rowCount = Math.max(ROWS_MIN, high + ROWS_AROUND - first + 1);
  const cells = map.columns.flatMap(({ time, rows, counts }) => {
    const column = Math.round((Date.parse(time) - from) / stepMs);
    return rows.map((row, index) => ({ column, row: row - first, count: counts[index] ?? 0 }))
      .filter((cell) => column >= 0 && column < columnCount && cell.count > 0);
  });
  const edge = (row: number) => map.row_base_ns * 2 ** (row / map.rows_per_doubling);
  return {
    cells, columnCount, rowCount, from, to: from + columnCount * stepMs,
    countMax: cells.reduce((most, { count }) => Math.max(most, count), 0),
    shortest: edge(first), longest: edge(first + rowCount),
  };
}

/** Colours for counts, from one span on. */
export const HEAT_LEVEL_COUNT = 5;

/** The colour of a count, 1 to 5: by its square root, so that a few slow spans can be seen beside many fast ones. */
export function heatLevel(count: number, countMax: number): number {
  const share = Math.sqrt(count / Math.max(1, countMax));
  return Math.min(HEAT_LEVEL_COUNT, Math.max(1, Math.ceil(share * HEAT_LEVEL_COUNT)));
}

/** The duration at a height from 0 at the bottom to 1 at the top, in nanoseconds. */
export function durationAt(picture: HeatPicture, height: number): number {
  return picture.shortest * (picture.longest / picture.shortest) ** height;
}

/** The height of a duration, from 0 at the bottom to 1 at the top. */
export function heightOf(picture: HeatPicture, nanoseconds: number): number {
  const height = Math.log(nanoseconds / picture.shortest) / Math.log(picture.longest / picture.shortest);
  return Math.min(1, Math.max(0, height));
}

export const timeAt = (picture: HeatPicture, column: number): number =>
  picture.from + (column / picture.columnCount) * (picture.to - picture.from);

/** A box of whole cells. */
export interface HeatBox {
  readonly columns: readonly [number, number];
  readonly rows: readonly [number, number];
}

export interface HeatSelection {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds; null where the box reaches the edge of the picture, beyond which there is no span. */
  readonly shortestMs: number | null;
  readonly longestMs: number | null;
}

/** The box between two cells, both of which are in it. */
export function boxBetween(one: HeatPlace, other: HeatPlace): HeatBox {
  const ordered = (first: number, second: number) => [Math.min(first, second), Math.max(first, second)] as const;
  return { columns: ordered(one.column, other.column), rows: ordered(one.row, other.row) };
}

export interface HeatPlace {
  readonly column: number;
  readonly row: number;
}

/** What a box chooses. A row that has no spans beside it at the edge is no limit of the durations. */
export function selectionOf(picture: HeatPicture, { columns, rows }: HeatBox): HeatSelection {
  const lowest = picture.cells.reduce((least, cell) => Math.min(least, cell.row), Infinity);
  const highest = picture.cells.reduce((most, cell) => Math.max(most, cell.row), -Infinity);
  const edgeMs = (row: number) => Number((durationAt(picture, row / picture.rowCount) / 1e6).toPrecision(6));
  return {
    from: timeAt(picture, columns[0]), to: timeAt(picture, columns[1] + 1),
    shortestMs: rows[0] <= lowest ? null : edgeMs(rows[0]),
    longestMs: rows[1] >= highest ? null : edgeMs(rows[1] + 1),
  };
}

/** How many spans a box has. */
export function countIn(picture: HeatPicture, { columns, rows }: HeatBox): number {
  return picture.cells.reduce((sum, cell) => {
    const isIn = cell.column >= columns[0] && cell.column <= columns[1] && cell.row >= rows[0] && cell.row <= rows[1];
    return isIn ? sum + cell.count : sum;
  }, 0);
}

/** The cell that a key leads to from a cell; null for other keys. */
export function walked(picture: HeatPicture, { column, row }: HeatPlace, key: string): HeatPlace | null {
  const within = (value: number, end: number) => Math.min(end - 1, Math.max(0, value));
  switch (key) {
    case "ArrowLeft": return { column: within(column - 1, picture.columnCount), row };
    case "ArrowRight": return { column: within(column + 1, picture.columnCount), row };
    case "ArrowUp": return { column, row: within(row + 1, picture.rowCount) };
    case "ArrowDown": return { column, row: within(row - 1, picture.rowCount) };
    default: return null;
  }
}
