/** A QR code of a text (an `otpauth:` or a `sip:` address, …). What it says should stand beside it, to be typed too. */

import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';

const QrPicture = lazy(() => import('./qr-picture.tsx'));
const SIZE = 208;

export interface QrCodeProps {
  text: string;
  /** What it is for, to those who can't see it. */
  label: string;
  /** Its side, in pixels, with the light margin. */
  size?: number;
}

export function QrCode({ text, label, size = SIZE }: QrCodeProps) {
  return (
    <Suspense fallback={<Skeleton width={size} height={size} />}>
      <QrPicture text={text} label={label} size={size} />
    </Suspense>
  );
}
