package identity

import "strings"

// Phone checks a telephone number of mainland China as people write it: 11 digits of a mobile number beginning
// 13 to 19, or a fixed line with its area code (0755-12345678), or a number for all of China (400-123-4567).
func Phone(field, number string) Findings {
	plain := strings.ReplaceAll(number, "-", "")
	if !digits(plain) {
		return wrong(field, "phone_character", "a telephone number has digits, and hyphens at most")
	}
	fixed := plain[0] == '0' && len(plain) >= 10 && len(plain) <= 12 && len(plain) > 1 && plain[1] != '0'
	national := (strings.HasPrefix(plain, "400") || strings.HasPrefix(plain, "800")) && len(plain) == 10
	if !mobile(plain) && !fixed && !national {
		return wrong(field, "phone_form", "write a mobile number with 11 digits, or a fixed line with its area code")
	}
	return nil
}

// Mobile checks a mobile number of mainland China, which can take a message.
func Mobile(field, number string) Findings {
	if !digits(number) || !mobile(number) {
		return wrong(field, "mobile_form", "a mobile number has 11 digits and begins with 13 to 19")
	}
	return nil
}

func mobile(plain string) bool {
	return len(plain) == 11 && plain[0] == '1' && plain[1] >= '3'
}

// MaskPhone returns a telephone number as it may be shown: its last four characters.
func MaskPhone(number string) string { return MaskAccount(number) }

// Email checks the form of an address: a local part of up to 64 characters, a domain of labels with a dot within,
// 254 in all (RFC 5321, 4.5.3.1).
func Email(field, address string) Findings {
	local, domain, _ := strings.Cut(address, "@")
	ok := local != "" && len(local) <= 64 && len(address) <= 254 && strings.Contains(domain, ".") && !strings.ContainsAny(address, " \t\r\n\"<>()[],;:\\")
	for label := range strings.SplitSeq(domain, ".") {
		ok = ok && label != "" && label[0] != '-' && label[len(label)-1] != '-' && !strings.Contains(label, "@")
	}
	if !ok {
		return wrong(field, "email_form", "write the address as name@example.com")
	}
	return nil
}
