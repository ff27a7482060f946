#!/usr/bin/python3
"""Cuts WenQuanYi Micro Hei down to what receipts can print. See README.md."""
import sys
from fontTools import subset
from fontTools.ttLib import TTCollection

source, target = sys.argv[1:]

# Every character of GBK (two bytes), printable ASCII, and the Latin letters of European names.
wanted = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {0x20AC, 0xFFE5}
for lead in range(0x81, 0xFF):
    for trail in range(0x40, 0xFF):
        try:
            text = bytes((lead, trail)).decode("gbk")
        except UnicodeDecodeError:
            continue
        wanted.update(ord(c) for c in text)

font = next(f for f in TTCollection(source).fonts if f["name"].getDebugName(1) == "WenQuanYi Micro Hei")
options = subset.Options(
    hinting=False,
    layout_features=[],
    drop_tables=subset.Options._drop_tables_default + ["GSUB", "GPOS", "GDEF", "FFTM", "vhea", "vmtx"],
    name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
    notdef_outline=True,
)
cutter = subset.Subsetter(options)
cutter.populate(unicodes=wanted)
cutter.subset(font)
font.flavor = None
font.recalcTimestamp = False  # the same input gives the same bytes
font.save(target)

missing = sorted(wanted - set(font.getBestCmap()))
print(f"{len(font.getBestCmap())} characters, not in the font: {' '.join(map(hex, missing))}")
