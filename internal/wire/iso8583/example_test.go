package iso8583_test

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// A host reads a frame, answers it and masks nothing by hand: messages print without their values.
func Example() {
	request := iso8583.Plain{
		TPDU: "6000010000", Header: "603100310000", MTI: "0820",
		Fields: map[int]string{41: "29000001", 42: "898290054110001", 60: "00000001301"},
	}
	wire, err := iso8583.Encode(iso8583.Terminal, request)
	if err != nil {
		fmt.Println(err)
		return
	}

	frame, err := iso8583.ParseFrame(wire[2:])
	if err != nil {
		fmt.Println(err)
		return
	}
	var echo, answer iso8583.Message
	if err := iso8583.Terminal.Unpack(frame.Body, &echo); err != nil {
		fmt.Println(err)
		return
	}
	answer.SetMTI(iso8583.AnswerMTI(echo.MTI()))
	answer.CopyFrom(&echo, 41, 42, 60)
	answer.Set(39, "00")
	reply := frame.Reply(0)
	if reply.Body, err = iso8583.Terminal.Append(nil, &answer); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(&echo)
	fmt.Println(&answer)
	fmt.Println(reply)
	// Output:
	// 0820 [41 42 60]
	// 0830 [39 41 42 60]
	// 6000000001 603100310000 and 43 bytes
}

// A profile is the base dialect with some rows of its table replaced.
func ExampleSpec_With() {
	long := iso8583.Terminal.With("long-signature", iso8583.Table{
		55: {Name: "chip data", Format: iso8583.B, Length: iso8583.LLLVar, Max: 999},
	})
	f, _ := long.Field(55)
	fmt.Println(long.Name(), f.Max, f.Format)
	// Output: long-signature 999 b
}
