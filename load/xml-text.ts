/** Text as it stands in HTML or SVG, in an attribute too. */
export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
}
