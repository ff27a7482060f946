package outbound

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// Errors of keys. They never show the text.
var (
	errPEM = errors.New("is not PEM")
	errRSA = errors.New("is not an RSA key")
)

// PrivateKey reads an RSA key in PEM, PKCS #8 or PKCS #1.
func PrivateKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errPEM
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errRSA
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errRSA
	}
	return key, nil
}

// PublicKey reads an RSA key in PEM: SubjectPublicKeyInfo, PKCS #1 or a certificate.
func PublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errPEM
	}
	if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
		if key, ok := certificate.PublicKey.(*rsa.PublicKey); ok {
			return key, nil
		}
		return nil, errRSA
	}
	if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errRSA
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errRSA
	}
	return key, nil
}

// Certificate reads a certificate in PEM.
func Certificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errPEM
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a certificate")
	}
	return certificate, nil
}
