package jbig_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

var update = flag.Bool("update", false, "write testdata/*.jbg again with jbigkit")

// tool runs a program of jbigkit, with data as its standard input, or skips the test where it is missing.
func tool(t *testing.T, data []byte, name string, options ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is missing: install jbigkit-bin to compare with another implementation", name)
	}
	// Some of the programs cannot write to a pipe, because they go back to mend the header.
	out := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(path, append(options, "-", out)...)
	cmd.Stdin = bytes.NewReader(data)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, options, err, text)
	}
	written, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func TestFiles_areWhatTheToolsWrite(t *testing.T) {
	for _, f := range files {
		data := tool(t, read(t, f.picture+".pbm"), f.tool, f.options...)
		if *update {
			if err := os.WriteFile(filepath.Join("testdata", f.file+".jbg"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(data, read(t, f.file+".jbg")) {
			t.Errorf("%s.jbg differs from what %s writes; look at it and run the test with -update", f.file, f.tool)
		}
	}
}

// drawing is a picture of what signatures are made of: lines, rows that repeat, noise.
func drawing(r *rand.Rand) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 1+r.IntN(200), 1+r.IntN(120)))
	size := img.Rect.Max
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	x, y := r.IntN(size.X), r.IntN(size.Y)
	for range r.IntN(400) {
		x, y = (x+size.X+r.IntN(3)-1)%size.X, (y+size.Y+r.IntN(3)-1)%size.Y
		img.Pix[y*size.X+x] = 0
	}
	for range r.IntN(6) { // rows and fields of a pattern
		top, period := r.IntN(size.Y), 1+r.IntN(20)
		for y := top; y < min(size.Y, top+r.IntN(20)); y++ {
			for x := range size.X {
				if x%period < period/2 || r.IntN(50) == 0 {
					img.Pix[y*size.X+x] ^= 0xff
				}
			}
		}
	}
	return img
}

// Both implementations read what the other writes.
func TestOracle_bothWays(t *testing.T) {
	r := rand.New(rand.NewPCG(82, 1))
	for i := range 60 {
		img := drawing(r)
		stripes, options := 1+r.IntN(img.Rect.Dy()+5), []int{0, 8, 64, 72, 28, 92}[r.IntN(6)]
		t.Run(fmt.Sprintf("%d %v", i, img.Rect.Max), func(t *testing.T) {
			// In stripes of one row jbigkit 2.1 sometimes writes what it does not read back itself.
			args := []string{
				"-q", "-s", fmt.Sprint(max(stripes, 2)), "-p", fmt.Sprint(options), "-m", fmt.Sprint(r.IntN(128)),
			}
			for _, extra := range []string{"-r", "-c"} {
				if r.IntN(4) == 0 {
					args = append(args, extra)
				}
			}
			theirs := tool(t, formatPBM(img), "pbmtojbg", args...)
			got, err := jbig.Decode(theirs)
			if err != nil {
				t.Fatalf("pbmtojbg %v: %v", args, err)
			}
			same(t, got, img)

			e := jbig.Encoder{
				StripeRows: stripes, TwoRows: options&64 != 0, Unpredicted: options&8 == 0, Independent: r.IntN(3) == 0,
			}
			for row := 0; r.IntN(2) == 0 && row < img.Rect.Dy(); row += stripes {
				// One move in a stripe, and only within the row and beyond the template: more jbigkit does not know.
				at := min(row+r.IntN(stripes), img.Rect.Dy()-1)
				e.AdaptiveMoves = append(e.AdaptiveMoves, jbig.Move{Row: at, X: 5 + r.IntN(123)})
			}
			ours, err := e.Encode(img)
			if err != nil {
				t.Fatal(err)
			}
			back, err := parsePBM(tool(t, ours, "jbgtopbm"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, back, img)
		})
	}
}

// Where both make the same choices, they write the same bytes.
func TestOracle_sameBytes(t *testing.T) {
	for _, name := range []string{"signature", "initials", "halftone"} {
		img := picture(t, name)
		theirs := tool(t, formatPBM(img), "pbmtojbg", "-q", "-s", "30", "-m", "0", "-p", "8", "-o", "0")
		ours, err := jbig.Encoder{StripeRows: 30}.Encode(img)
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("%s: %d bytes, jbigkit writes %d, %v", name, len(ours), len(theirs), err)
		}
	}
}
