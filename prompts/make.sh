#!/bin/sh
# Makes the spoken prompts: WAV, 8 kHz, 16 bits, mono. Needs espeak-ng and sox.
# Usage: prompts/make.sh [language folder, default en]
set -eu
cd "$(dirname "$0")"
language=${1:-en}

say() {
  espeak-ng -v "$language" -s 150 --stdout "$2" |
    sox -t wav --ignore-length - -r 8000 -c 1 -b 16 -e signed-integer --no-dither "$language/$1.wav" norm -6
}

mkdir -p "$language"
while IFS='|' read -r name text; do
  say "$name" "$text" </dev/null
done < "$language/texts.txt"
