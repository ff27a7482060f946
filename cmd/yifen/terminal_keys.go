package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// fetchCommand fetches the master key with what the hardware left its factory with.
func (o *terminalOptions) fetchCommand() *cobra.Command {
	var key, certificate, host string
	c := &cobra.Command{
		Use: "fetch", Short: "Fetch the terminal master key from the host 远程获取主密钥", Args: cobra.NoArgs,
		Long: "A terminal with an RSA key pair and a certificate fetches its master key, takes it into use and signs in. The host must know the\n" +
			"certificate's authority, and the serial number of the hardware, which the subject of the certificate names. The key that the\n" +
			"terminal had works until the host has confirmed the new one; a fetch that was cut off is brought to its end by the next. The\n" +
			"system operator's password is read from " + envPassword + " (default: the first one).",
		Example: "  yifen terminal keys fetch --key terminal.key --certificate terminal.crt --host-key host.pub",
		RunE: o.local(func(c *cobra.Command, _ []string) error {
			in, err := fetchInput(key, certificate, host)
			if err != nil {
				return err
			}
			o.keyless = true
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			if err := t.CheckSystem(systemPassword()); err != nil {
				return err
			}
			outcome, err := t.FetchTMK(c.Context(), in)
			if err == nil && outcome.Kind == pos.KeyFetch && outcome.Approved && !o.json {
				value := t.Status().CheckValue
				o.paper.sentence(c.OutOrStdout(), "✓ 主密钥已获取，校验值 "+value+"，已签到。", "✓ The master key is fetched, check value "+value+", and the terminal signed in.")
				return nil
			}
			return o.report(c, outcome, nil, err)
		}),
	}
	c.Flags().StringVar(&key, "key", "", "file of the terminal's RSA private key, PKCS #8 in PEM")
	c.Flags().StringVar(&certificate, "certificate", "", "file of its certificate, PEM")
	c.Flags().StringVar(&host, "host-key", "", "file of the host's RSA public key, PEM")
	return c
}

// fetchInput reads the three files.
func fetchInput(key, certificate, host string) (in pos.FetchInput, err error) {
	if key == "" || certificate == "" || host == "" {
		return in, wrong("需要 --key、--certificate 和 --host-key", "give --key, --certificate and --host-key")
	}
	der, err := readPEM(key, "PRIVATE KEY")
	if err != nil {
		return in, err
	}
	defer clear(der)
	private, err := x509.ParsePKCS8PrivateKey(der)
	in.Key, _ = private.(*rsa.PrivateKey)
	if err != nil || in.Key == nil {
		return in, wrong(key+" 不是 RSA 私钥", key+" holds no RSA private key")
	}
	if in.Certificate, err = readPEM(certificate, "CERTIFICATE"); err != nil {
		return in, err
	}
	if der, err = readPEM(host, "PUBLIC KEY"); err != nil {
		return in, err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	in.Host, _ = public.(*rsa.PublicKey)
	if err != nil || in.Host == nil {
		return in, wrong(host+" 不是 RSA 公钥", host+" holds no RSA public key")
	}
	return in, nil
}

// readPEM returns the first block of a file, which must be of this type.
func readPEM(path, kind string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong("读不到文件 "+path, err.Error())
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, wrong(path+" 不以 PEM 的 "+kind+" 开头", path+" does not begin with a "+kind+" in PEM form")
	}
	return block.Bytes, nil
}
