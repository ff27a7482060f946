package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/world"
)

func demoCommand() *cobra.Command {
	var o world.DemoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start everything in one process, with simulators, on loopback",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Point = world.CrashAt(os.Getenv(crashAtEnv))
			d, err := world.StartDemo(c.Context(), o)
			if err != nil {
				return err
			}
			defer d.Stop()
			fmt.Print(d.Greeting())
			<-c.Context().Done()
			fmt.Println("stopping: what is under way finishes first … 正在停止")
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.Dir, "dir", "./yifen-demo", "directory that holds everything")
	f.StringVar(&o.HTTP, "http", "127.0.0.1:8080", "web and REST API")
	f.StringVar(&o.ISO, "iso", "127.0.0.1:8583", "ISO 8583 terminal port")
	f.StringVar(&o.Bench, "bench", "127.0.0.1:8090", "page of devices")
	f.StringVar(&o.Printer, "printer", "127.0.0.1:9100", "receipt printer simulator")
	f.StringVar(&o.Network, "network", "127.0.0.1:8095", "card network simulator")
	f.StringVar(&o.WeChat, "wechat", "127.0.0.1:8091", "WeChat Pay simulator")
	f.StringVar(&o.Alipay, "alipay", "127.0.0.1:8092", "Alipay simulator")
	f.StringVar(&o.UnionPay, "unionpay", "127.0.0.1:8093", "UnionPay QR simulator")
	f.StringVar(&o.MQTT, "mqtt", "127.0.0.1:8883", "MQTT port of speakers, by TLS")
	f.StringVar(&o.Database, "db", "", "PostgreSQL address instead of the embedded database")
	f.BoolVar(&o.External, "external-network", false, "the card network simulator runs in another process at --network")
	f.IntVar(&o.Terminals, "load-terminals", 0, "terminals to furnish beside the three of the demo, for load")
	f.BoolVar(&o.Quick, "quick", false, "without the page of devices, the printer and the wallets")
	f.DurationVar(&o.Timeout, "network-timeout", o.Timeout, "time to wait for the card network (default 25s)")
	f.DurationVar(&o.RecoverAfter, "recover-after", o.RecoverAfter, "time after which a request is taken for lost (default network-timeout + 5s)")
	f.DurationVar(&o.RecoverEvery, "recover-every", o.RecoverEvery, "how often lost requests are looked for (default 1s)")
	return c
}

func simulateCommand() *cobra.Command {
	c := &cobra.Command{Use: "simulate", Short: "Run one simulator on its own"}
	var dir, address string
	network := &cobra.Command{
		Use: "cardnet", Short: "The card network with the demo's cards", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return world.RunNetwork(c.Context(), address, dir, func(at string) { fmt.Println("card network simulator at", at) })
		},
	}
	network.Flags().StringVar(&address, "address", "127.0.0.1:8095", "where it listens")
	network.Flags().StringVar(&dir, "dir", "./yifen-demo/cardnet", "directory of its books")
	c.AddCommand(network)
	return c
}
