// Names of characters, for `\N{BULLET}` in strings: those of Unicode 14.0, as in CPython 3.11.
//
// JavaScript knows no names, so they are brought along: 34,527 of them in 112 KB, unpacked when the
// first one is asked for, which is in very few programs. Unpacked, a line is one of
//
//     +1F600         the next name is for this code point; else for the one after the last
//     GRINNING FACE  a name
//     aWITH SMILE    a name that begins as the one before it: with its first word (a), its first
//                    two (b), and so on
//
// Names that follow a rule are not in the list: Hangul syllables, CJK unified ideographs, and the
// short names of variation selectors. test/compiler/syntax/make-unicode-names.ts writes the lists.

import { brotliDecompressSync } from 'node:zlib';

import { NAMES_1 } from './unicode-names-1.ts';
import { NAMES_2 } from './unicode-names-2.ts';

/** Names that Unicode added beside the first ones: for controls, for corrections, short forms. */
const ALIASES = `
0 NUL; 0 NULL; 1 SOH; 1 START OF HEADING; 2 START OF TEXT; 2 STX; 3 END OF TEXT; 3 ETX
4 END OF TRANSMISSION; 4 EOT; 5 ENQ; 5 ENQUIRY; 6 ACK; 6 ACKNOWLEDGE; 7 ALERT; 7 BEL
8 BACKSPACE; 8 BS; 9 CHARACTER TABULATION; 9 HORIZONTAL TABULATION; 9 HT; 9 TAB; A END OF LINE
A EOL; A LF; A LINE FEED; A NEW LINE; A NL; B LINE TABULATION; B VERTICAL TABULATION; B VT; C FF
C FORM FEED; D CARRIAGE RETURN; D CR; E LOCKING-SHIFT ONE; E SHIFT OUT; E SO
F LOCKING-SHIFT ZERO; F SHIFT IN; F SI; 10 DATA LINK ESCAPE; 10 DLE; 11 DC1
11 DEVICE CONTROL ONE; 12 DC2; 12 DEVICE CONTROL TWO; 13 DC3; 13 DEVICE CONTROL THREE; 14 DC4
14 DEVICE CONTROL FOUR; 15 NAK; 15 NEGATIVE ACKNOWLEDGE; 16 SYN; 16 SYNCHRONOUS IDLE
17 END OF TRANSMISSION BLOCK; 17 ETB; 18 CAN; 18 CANCEL; 19 END OF MEDIUM; 19 EOM; 1A SUB
1A SUBSTITUTE; 1B ESC; 1B ESCAPE; 1C FILE SEPARATOR; 1C FS; 1C INFORMATION SEPARATOR FOUR
1D GROUP SEPARATOR; 1D GS; 1D INFORMATION SEPARATOR THREE; 1E INFORMATION SEPARATOR TWO
1E RECORD SEPARATOR; 1E RS; 1F INFORMATION SEPARATOR ONE; 1F UNIT SEPARATOR; 1F US; 20 SP
7F DEL; 7F DELETE; 80 PAD; 80 PADDING CHARACTER; 81 HIGH OCTET PRESET; 81 HOP; 82 BPH
82 BREAK PERMITTED HERE; 83 NBH; 83 NO BREAK HERE; 84 IND; 84 INDEX; 85 NEL; 85 NEXT LINE
86 SSA; 86 START OF SELECTED AREA; 87 END OF SELECTED AREA; 87 ESA; 88 CHARACTER TABULATION SET
88 HORIZONTAL TABULATION SET; 88 HTS; 89 CHARACTER TABULATION WITH JUSTIFICATION
89 HORIZONTAL TABULATION WITH JUSTIFICATION; 89 HTJ; 8A LINE TABULATION SET
8A VERTICAL TABULATION SET; 8A VTS; 8B PARTIAL LINE DOWN; 8B PARTIAL LINE FORWARD; 8B PLD
8C PARTIAL LINE BACKWARD; 8C PARTIAL LINE UP; 8C PLU; 8D REVERSE INDEX; 8D REVERSE LINE FEED
8D RI; 8E SINGLE SHIFT TWO; 8E SINGLE-SHIFT-2; 8E SS2; 8F SINGLE SHIFT THREE; 8F SINGLE-SHIFT-3
8F SS3; 90 DCS; 90 DEVICE CONTROL STRING; 91 PRIVATE USE ONE; 91 PRIVATE USE-1; 91 PU1
92 PRIVATE USE TWO; 92 PRIVATE USE-2; 92 PU2; 93 SET TRANSMIT STATE; 93 STS; 94 CANCEL CHARACTER
94 CCH; 95 MESSAGE WAITING; 95 MW; 96 SPA; 96 START OF GUARDED AREA; 96 START OF PROTECTED AREA
97 END OF GUARDED AREA; 97 END OF PROTECTED AREA; 97 EPA; 98 SOS; 98 START OF STRING; 99 SGC
99 SINGLE GRAPHIC CHARACTER INTRODUCER; 9A SCI; 9A SINGLE CHARACTER INTRODUCER
9B CONTROL SEQUENCE INTRODUCER; 9B CSI; 9C ST; 9C STRING TERMINATOR; 9D OPERATING SYSTEM COMMAND
9D OSC; 9E PM; 9E PRIVACY MESSAGE; 9F APC; 9F APPLICATION PROGRAM COMMAND; A0 NBSP; AD SHY
1A2 LATIN CAPITAL LETTER GHA; 1A3 LATIN SMALL LETTER GHA; 34F CGJ; 61C ALM
709 SYRIAC SUBLINEAR COLON SKEWED LEFT; CDE KANNADA LETTER LLLA; E9D LAO LETTER FO FON
E9F LAO LETTER FO FAY; EA3 LAO LETTER RO; EA5 LAO LETTER LO
FD0 TIBETAN MARK BKA- SHOG GI MGO RGYAN; 11EC HANGUL JONGSEONG YESIEUNG-KIYEOK
11ED HANGUL JONGSEONG YESIEUNG-SSANGKIYEOK; 11EE HANGUL JONGSEONG SSANGYESIEUNG
11EF HANGUL JONGSEONG YESIEUNG-KHIEUKH; 180B FVS1; 180C FVS2; 180D FVS3; 180E MVS; 180F FVS4
200B ZWSP; 200C ZWNJ; 200D ZWJ; 200E LRM; 200F RLM; 202A LRE; 202B RLE; 202C PDF; 202D LRO
202E RLO; 202F NNBSP; 205F MMSP; 2060 WJ; 2066 LRI; 2067 RLI; 2068 FSI; 2069 PDI
2118 WEIERSTRASS ELLIPTIC FUNCTION; 2448 MICR ON US SYMBOL; 2449 MICR DASH SYMBOL
2B7A LEFTWARDS TRIANGLE-HEADED ARROW WITH DOUBLE VERTICAL STROKE
2B7C RIGHTWARDS TRIANGLE-HEADED ARROW WITH DOUBLE VERTICAL STROKE
A015 YI SYLLABLE ITERATION MARK; AA6E MYANMAR LETTER KHAMTI LLA
FE18 PRESENTATION FORM FOR VERTICAL RIGHT WHITE LENTICULAR BRACKET; FEFF BOM
FEFF BYTE ORDER MARK; FEFF ZWNBSP; 122D4 CUNEIFORM SIGN NU11 TENU
122D5 CUNEIFORM SIGN NU11 OVER NU11 BUR OVER BUR; 16E56 MEDEFAIDRIN CAPITAL LETTER H
16E57 MEDEFAIDRIN CAPITAL LETTER NG; 16E76 MEDEFAIDRIN SMALL LETTER H
16E77 MEDEFAIDRIN SMALL LETTER NG; 1B001 HENTAIGANA LETTER E-1
1D0C5 BYZANTINE MUSICAL SYMBOL FTHORA SKLIRON CHROMA VASIS
`;

let names: ReadonlyMap<string, string> | null = null;

/** The one name of each code point that has one in the list: no aliases. */
const byPoint = new Map<number, string>();

/** The character with a name, in whatever case it is written; null if there is none. */
export function characterNamed(written: string): string | null {
  const name = written.toUpperCase();
  names ??= unpack();
  return names.get(name) ?? ruledName(name);
}

/** The name of a code point; null if it has none. */
export function nameOf(point: number): string | null {
  names ??= unpack();
  if (IDEOGRAPHS.some(([first, last]) => point >= first && point <= last)) {
    return `CJK UNIFIED IDEOGRAPH-${point.toString(16).toUpperCase()}`;
  }
  const number = point - SYLLABLE_FIRST;
  if (number < 0 || number >= LEADS.length * VOWELS.length * TAILS.length) {
    return byPoint.get(point) ?? null;
  }
  const lead = Math.floor(number / (VOWELS.length * TAILS.length));
  const vowel = Math.floor(number / TAILS.length) % VOWELS.length;
  return `HANGUL SYLLABLE ${LEADS[lead]}${VOWELS[vowel]}${TAILS[number % TAILS.length]}`;
}

function unpack(): Map<string, string> {
  const found = new Map<string, string>();
  const listing = brotliDecompressSync(Buffer.from(NAMES_1 + NAMES_2, 'base64')).toString('latin1');
  let point = 0;
  let before: readonly string[] = [];
  for (const line of listing.split('\n')) {
    if (line.startsWith('+')) {
      point = Number.parseInt(line.slice(1), 16);
      continue;
    }
    const shared = line.charCodeAt(0) - 0x60;
    const words =
      shared > 0 ? [...before.slice(0, shared), ...line.slice(1).split(' ')] : line.split(' ');
    const name = words.join(' ');
    found.set(name, String.fromCodePoint(point));
    byPoint.set(point, name);
    before = words;
    point += 1;
  }
  for (const alias of ALIASES.trim().split(/;\s*|\n/)) {
    const blank = alias.indexOf(' ');
    const code = Number.parseInt(alias.slice(0, blank), 16);
    found.set(alias.slice(blank + 1), String.fromCodePoint(code));
  }
  return found;
}

// ------------------------------------------------------- names by a rule

const IDEOGRAPHS: readonly (readonly [first: number, last: number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b738],
  [0x2b740, 0x2b81d],
  [0x2b820, 0x2cea1],
  [0x2ceb0, 0x2ebe0],
  [0x30000, 0x3134a],
];

const SYLLABLE_FIRST = 0xac00;
const LEADS = 'G GG N D DD R M B BB S SS  J JJ C K T P H'.split(' ');
const VOWELS = 'A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I'.split(' ');
const TAILS = ' G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H'.split(' ');

function ruledName(name: string): string | null {
  const ideograph = /^CJK UNIFIED IDEOGRAPH-([0-9A-F]{4,5})$/.exec(name);
  if (ideograph !== null) {
    const code = Number.parseInt(ideograph[1]!, 16);
    const known = IDEOGRAPHS.some(([first, last]) => code >= first && code <= last);
    return known ? String.fromCodePoint(code) : null;
  }
  const selector = /^VS([1-9]\d{0,2})$/.exec(name);
  if (selector !== null) {
    const number = Number(selector[1]);
    if (number > 256) return null;
    return String.fromCodePoint(number <= 16 ? 0xfdff + number : 0xe00ef + number);
  }
  const syllable =
    /^HANGUL SYLLABLE ([BCDGHJKMNPRST]{0,2})([AEIOUWY]{1,3})([BCDGHJKLMNPST]{0,2})$/.exec(name);
  if (syllable === null) return null;
  const [lead, vowel, tail] = [LEADS, VOWELS, TAILS].map((list, i) =>
    list.indexOf(syllable[i + 1]!),
  );
  if (lead! < 0 || vowel! < 0 || tail! < 0) return null;
  const code = SYLLABLE_FIRST + (lead! * VOWELS.length + vowel!) * TAILS.length + tail!;
  return String.fromCodePoint(code);
}
