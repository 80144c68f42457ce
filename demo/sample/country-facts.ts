/** ISO 3166-1 and neighbours, as of 2026. What is not certain is left out ("-"). */
export interface CountryFacts {
  readonly alpha2: string
  readonly alpha3: string
  /** Three digits, as ISO and the UN write it. */
  readonly numeric: string
  /** Continent key. Regions as in the UN's M49 standard (Cyprus and Türkiye lie in Asia there). */
  readonly continent: string
  /** ISO 4217 code of the everyday currency. */
  readonly currency: string | null
  /** E.164 country code. The members of the North American Numbering Plan share 1. */
  readonly callingCode: string | null
  /** ISO 639 codes of official languages. */
  readonly languages: readonly string[]
}

// alpha-2, alpha-3, numeric, continent, currency, calling code, languages
const table = `
AD AND 020 eu EUR 376 ca
AE ARE 784 as AED 971 ar
AF AFG 004 as AFN 93 ps,fa
AG ATG 028 na XCD 1 en
AI AIA 660 na XCD 1 en
AL ALB 008 eu ALL 355 sq
AM ARM 051 as AMD 374 hy
AO AGO 024 af AOA 244 pt
AQ ATA 010 an - - -
AR ARG 032 sa ARS 54 es
AS ASM 016 oc USD 1 en,sm
AT AUT 040 eu EUR 43 de
AU AUS 036 oc AUD 61 en
AW ABW 533 na AWG 297 nl,pap
AX ALA 248 eu EUR 358 sv
AZ AZE 031 as AZN 994 az
BA BIH 070 eu BAM 387 bs,hr,sr
BB BRB 052 na BBD 1 en
BD BGD 050 as BDT 880 bn
BE BEL 056 eu EUR 32 nl,fr,de
BF BFA 854 af XOF 226 -
BG BGR 100 eu EUR 359 bg
BH BHR 048 as BHD 973 ar
BI BDI 108 af BIF 257 rn,fr,en
BJ BEN 204 af XOF 229 fr
BL BLM 652 na EUR 590 fr
BM BMU 060 na BMD 1 en
BN BRN 096 as BND 673 ms
BO BOL 068 sa BOB 591 es,qu,ay,gn
BQ BES 535 na USD 599 nl
BR BRA 076 sa BRL 55 pt
BS BHS 044 na BSD 1 en
BT BTN 064 as BTN 975 dz
BV BVT 074 sa NOK - -
BW BWA 072 af BWP 267 en
BY BLR 112 eu BYN 375 be,ru
BZ BLZ 084 na BZD 501 en
CA CAN 124 na CAD 1 en,fr
CC CCK 166 oc AUD 61 -
CD COD 180 af CDF 243 fr
CF CAF 140 af XAF 236 fr,sg
CG COG 178 af XAF 242 fr
CH CHE 756 eu CHF 41 de,fr,it,rm
CI CIV 384 af XOF 225 fr
CK COK 184 oc NZD 682 en
CL CHL 152 sa CLP 56 es
CM CMR 120 af XAF 237 fr,en
CN CHN 156 as CNY 86 zh
CO COL 170 sa COP 57 es
CR CRI 188 na CRC 506 es
CU CUB 192 na CUP 53 es
CV CPV 132 af CVE 238 pt
CW CUW 531 na XCG 599 nl,pap,en
CX CXR 162 oc AUD 61 -
CY CYP 196 as EUR 357 el,tr
CZ CZE 203 eu CZK 420 cs
DE DEU 276 eu EUR 49 de
DJ DJI 262 af DJF 253 fr,ar
DK DNK 208 eu DKK 45 da
DM DMA 212 na XCD 1 en
DO DOM 214 na DOP 1 es
DZ DZA 012 af DZD 213 ar
EC ECU 218 sa USD 593 es
EE EST 233 eu EUR 372 et
EG EGY 818 af EGP 20 ar
EH ESH 732 af - - -
ER ERI 232 af ERN 291 -
ES ESP 724 eu EUR 34 es
ET ETH 231 af ETB 251 am
FI FIN 246 eu EUR 358 fi,sv
FJ FJI 242 oc FJD 679 en,fj
FK FLK 238 sa FKP 500 en
FM FSM 583 oc USD 691 en
FO FRO 234 eu DKK 298 fo,da
FR FRA 250 eu EUR 33 fr
GA GAB 266 af XAF 241 fr
GB GBR 826 eu GBP 44 en
GD GRD 308 na XCD 1 en
GE GEO 268 as GEL 995 ka
GF GUF 254 sa EUR 594 fr
GG GGY 831 eu GBP 44 en
GH GHA 288 af GHS 233 en
GI GIB 292 eu GIP 350 en
GL GRL 304 na DKK 299 kl
GM GMB 270 af GMD 220 en
GN GIN 324 af GNF 224 fr
GP GLP 312 na EUR 590 fr
GQ GNQ 226 af XAF 240 es,fr,pt
GR GRC 300 eu EUR 30 el
GS SGS 239 sa - - -
GT GTM 320 na GTQ 502 es
GU GUM 316 oc USD 1 en,ch
GW GNB 624 af XOF 245 pt
GY GUY 328 sa GYD 592 en
HK HKG 344 as HKD 852 zh,en
HM HMD 334 oc AUD - -
HN HND 340 na HNL 504 es
HR HRV 191 eu EUR 385 hr
HT HTI 332 na HTG 509 fr,ht
HU HUN 348 eu HUF 36 hu
ID IDN 360 as IDR 62 id
IE IRL 372 eu EUR 353 en,ga
IL ISR 376 as ILS 972 he
IM IMN 833 eu GBP 44 en,gv
IN IND 356 as INR 91 hi,en
IO IOT 086 af USD 246 en
IQ IRQ 368 as IQD 964 ar,ku
IR IRN 364 as IRR 98 fa
IS ISL 352 eu ISK 354 is
IT ITA 380 eu EUR 39 it
JE JEY 832 eu GBP 44 en,fr
JM JAM 388 na JMD 1 en
JO JOR 400 as JOD 962 ar
JP JPN 392 as JPY 81 ja
KE KEN 404 af KES 254 sw,en
KG KGZ 417 as KGS 996 ky,ru
KH KHM 116 as KHR 855 km
KI KIR 296 oc AUD 686 en
KM COM 174 af KMF 269 ar,fr
KN KNA 659 na XCD 1 en
KP PRK 408 as KPW 850 ko
KR KOR 410 as KRW 82 ko
KW KWT 414 as KWD 965 ar
KY CYM 136 na KYD 1 en
KZ KAZ 398 as KZT 7 kk,ru
LA LAO 418 as LAK 856 lo
LB LBN 422 as LBP 961 ar
LC LCA 662 na XCD 1 en
LI LIE 438 eu CHF 423 de
LK LKA 144 as LKR 94 si,ta
LR LBR 430 af LRD 231 en
LS LSO 426 af LSL 266 st,en
LT LTU 440 eu EUR 370 lt
LU LUX 442 eu EUR 352 lb,fr,de
LV LVA 428 eu EUR 371 lv
LY LBY 434 af LYD 218 ar
MA MAR 504 af MAD 212 ar,zgh
MC MCO 492 eu EUR 377 fr
MD MDA 498 eu MDL 373 ro
ME MNE 499 eu EUR 382 -
MF MAF 663 na EUR 590 fr
MG MDG 450 af MGA 261 mg,fr
MH MHL 584 oc USD 692 mh,en
MK MKD 807 eu MKD 389 mk,sq
ML MLI 466 af XOF 223 -
MM MMR 104 as MMK 95 my
MN MNG 496 as MNT 976 mn
MO MAC 446 as MOP 853 zh,pt
MP MNP 580 oc USD 1 en,ch
MQ MTQ 474 na EUR 596 fr
MR MRT 478 af MRU 222 ar
MS MSR 500 na XCD 1 en
MT MLT 470 eu EUR 356 mt,en
MU MUS 480 af MUR 230 -
MV MDV 462 as MVR 960 dv
MW MWI 454 af MWK 265 en
MX MEX 484 na MXN 52 es
MY MYS 458 as MYR 60 ms
MZ MOZ 508 af MZN 258 pt
NA NAM 516 af NAD 264 en
NC NCL 540 oc XPF 687 fr
NE NER 562 af XOF 227 -
NF NFK 574 oc AUD 672 en
NG NGA 566 af NGN 234 en
NI NIC 558 na NIO 505 es
NL NLD 528 eu EUR 31 nl
NO NOR 578 eu NOK 47 nb,nn
NP NPL 524 as NPR 977 ne
NR NRU 520 oc AUD 674 na,en
NU NIU 570 oc NZD 683 en
NZ NZL 554 oc NZD 64 en,mi
OM OMN 512 as OMR 968 ar
PA PAN 591 na PAB 507 es
PE PER 604 sa PEN 51 es,qu,ay
PF PYF 258 oc XPF 689 fr
PG PNG 598 oc PGK 675 en,tpi,ho
PH PHL 608 as PHP 63 fil,en
PK PAK 586 as PKR 92 ur,en
PL POL 616 eu PLN 48 pl
PM SPM 666 na EUR 508 fr
PN PCN 612 oc NZD - en
PR PRI 630 na USD 1 es,en
PS PSE 275 as - 970 ar
PT PRT 620 eu EUR 351 pt
PW PLW 585 oc USD 680 en
PY PRY 600 sa PYG 595 es,gn
QA QAT 634 as QAR 974 ar
RE REU 638 af EUR 262 fr
RO ROU 642 eu RON 40 ro
RS SRB 688 eu RSD 381 sr
RU RUS 643 eu RUB 7 ru
RW RWA 646 af RWF 250 rw,en,fr,sw
SA SAU 682 as SAR 966 ar
SB SLB 090 oc SBD 677 en
SC SYC 690 af SCR 248 en,fr
SD SDN 729 af SDG 249 ar,en
SE SWE 752 eu SEK 46 sv
SG SGP 702 as SGD 65 en,ms,zh,ta
SH SHN 654 af SHP 290 en
SI SVN 705 eu EUR 386 sl
SJ SJM 744 eu NOK 47 nb
SK SVK 703 eu EUR 421 sk
SL SLE 694 af SLE 232 en
SM SMR 674 eu EUR 378 it
SN SEN 686 af XOF 221 fr
SO SOM 706 af SOS 252 so,ar
SR SUR 740 sa SRD 597 nl
SS SSD 728 af SSP 211 en
ST STP 678 af STN 239 pt
SV SLV 222 na USD 503 es
SX SXM 534 na XCG 1 nl,en
SY SYR 760 as SYP 963 ar
SZ SWZ 748 af SZL 268 ss,en
TC TCA 796 na USD 1 en
TD TCD 148 af XAF 235 fr,ar
TF ATF 260 af EUR - -
TG TGO 768 af XOF 228 fr
TH THA 764 as THB 66 th
TJ TJK 762 as TJS 992 tg
TK TKL 772 oc NZD 690 -
TL TLS 626 as USD 670 pt,tet
TM TKM 795 as TMT 993 tk
TN TUN 788 af TND 216 ar
TO TON 776 oc TOP 676 to,en
TR TUR 792 as TRY 90 tr
TT TTO 780 na TTD 1 en
TV TUV 798 oc AUD 688 en
TW TWN 158 as TWD 886 zh
TZ TZA 834 af TZS 255 sw,en
UA UKR 804 eu UAH 380 uk
UG UGA 800 af UGX 256 en,sw
UM UMI 581 oc USD - -
US USA 840 na USD 1 en
UY URY 858 sa UYU 598 es
UZ UZB 860 as UZS 998 uz
VA VAT 336 eu EUR - -
VC VCT 670 na XCD 1 en
VE VEN 862 sa VES 58 es
VG VGB 092 na USD 1 en
VI VIR 850 na USD 1 en
VN VNM 704 as VND 84 vi
VU VUT 548 oc VUV 678 bi,en,fr
WF WLF 876 oc XPF 681 fr
WS WSM 882 oc WST 685 sm,en
YE YEM 887 as YER 967 ar
YT MYT 175 af EUR 262 fr
ZA ZAF 710 af ZAR 27 af,en,zu,xh,st,tn,ts,ss,ve,nr
ZM ZMB 894 af ZMW 260 en
ZW ZWE 716 af ZWG 263 en,sn,nd
`

export const countryFacts: readonly CountryFacts[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [alpha2 = '', alpha3 = '', numeric = '', continent = '', currency, callingCode, languages] =
      line.split(' ')
    return {
      alpha2,
      alpha3,
      numeric,
      continent,
      currency: known(currency),
      callingCode: known(callingCode),
      languages: known(languages)?.split(',') ?? [],
    }
  })

function known(text: string | undefined): string | null {
  return text === undefined || text === '-' ? null : text
}
