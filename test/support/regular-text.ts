/** A text that the program printed, without what differs from one run to the next. */
export function regularText(text: string): string {
  return text
    .trim()
    .replace(/(?<=token=)[0-9a-f]{32}/g, '<token>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b[0-9a-f]{8}…/g, '<id>…')
    .replace(/\/\S*?nubes-nb-sandbox-\w+/g, '<folder>')
    .replace(/127\.0\.0\.1:(?!8888)\d+/g, '127.0.0.1:<port>')
    .replace(/(?<![\d.])127\.(?!0\.0\.1\b)\d+\.\d+\.\d+(?::\d+)? */g, '<address> ')
    .replace(/ADDRESS +/g, 'ADDRESS ')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
    .replace(/\d{1,2} [A-Z][a-z]{2}( \d{4})? \d\d:\d\d/g, '<end>')
    .replace(/\b(\d+m )?\d+(\.\d)?\s?s\b/g, '<span>');
}
