/** The modules of a QR code (ISO/IEC 18004) as one path: a picture of its own file, since most pages never show one. */

import encodeQR from 'qr';

/** Light modules around the code, which readers want (ISO/IEC 18004 6.3.8). */
const QUIET_ZONE = 4;

/** Each run of dark modules is one rectangle of the path. */
export function pathOf(rows: ReadonlyArray<readonly boolean[]>): string {
  const parts: string[] = [];
  for (const [y, row] of rows.entries())
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      parts.push(`M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`);
    }
  return parts.join('');
}

export default function QrPicture({ text, label, size }: { text: string; label: string; size: number }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
    >
      {/* Dark on light in both colour schemes: many cameras read it no other way. */}
      <rect width={rows.length} height={rows.length} fill="#ffffff" />
      <path d={pathOf(rows)} fill="#000000" />
    </svg>
  );
}
