/** A whole number from `min` to `max`, both included, each as likely. */
export function draw(min: number, max: number, random: () => number): number {
  return min + Math.floor(random() * (max - min + 1));
}
