/** A long name without its middle, where names of models differ least. */
export function middle(text: string, lengthMax: number): string {
  const letters = [...text];
  if (letters.length <= lengthMax) return text;
  const head = Math.ceil((lengthMax - 1) / 2);
  const tail = lengthMax - 1 - head;
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - tail).join("")}`;
}

export const shortID = (id: string): string => id.slice(0, 8);
