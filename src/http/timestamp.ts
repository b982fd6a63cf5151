/** `2017-12-11 15:34:13.008000`: local time, as Python prints a datetime. */
export function timestamp(ms: number): string {
  const date = new Date(ms);
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part)).join(':');
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}000`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}
