// parcel-courier copies ConfigMaps from one namespace to others: a controller as its users would write it, with
// controller-runtime, leader election and metrics. It is not KubeMirror and knows nothing of the harness that judges it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	settings "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// The framework's own, but for the last (2 s): a lease that was given up is taken sooner.
const (
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = time.Second
)

type options struct {
	metricsAddress, probeAddress, leaseNamespace string
	workers                                      int
	elect, release, receipts, priorities         bool
}

func main() {
	var given options
	flag.StringVar(&given.metricsAddress, "metrics-address", ":9402", "where /metrics is served")
	flag.StringVar(&given.probeAddress, "probe-address", ":9403", "where /healthz and /readyz are served")
	flag.StringVar(&given.leaseNamespace, "lease-namespace", os.Getenv("POD_NAMESPACE"), "the namespace of the Lease")
	flag.IntVar(&given.workers, "workers", 5, "parcels that are delivered at the same time")
	flag.BoolVar(&given.elect, "elect", true, "deliver only while holding the Lease")
	flag.BoolVar(&given.release, "release-lease", true, "give the Lease up at the end, so that nobody waits for it to run out")
	flag.BoolVar(&given.receipts, "receipts", false, "write on each parcel that it was delivered; a conflict is a failure")
	flag.BoolVar(&given.priorities, "priorities", false, "queue by priority, which newer frameworks do by themselves")
	flag.Parse()
	log.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, nil)))
	if err := run(signals.SetupSignalHandler(), given); err != nil {
		fmt.Fprintln(os.Stderr, "parcel-courier:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, given options) error {
	cluster, err := config.GetConfig()
	if err != nil {
		return err
	}
	cluster.QPS = -1 // the API server's own flow control decides, as it sees everybody's load
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return err
	}
	lease, renew, retry := leaseDuration, renewDeadline, retryPeriod
	mgr, err := manager.New(cluster, manager.Options{
		Scheme:                        scheme,
		Cache:                         cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		Controller:                    settings.Controller{UsePriorityQueue: &given.priorities},
		Metrics:                       server.Options{BindAddress: given.metricsAddress},
		HealthProbeBindAddress:        given.probeAddress,
		LeaderElection:                given.elect,
		LeaderElectionID:              "parcel-courier-dispatch",
		LeaderElectionNamespace:       given.leaseNamespace,
		LeaderElectionReleaseOnCancel: given.release,
		LeaseDuration:                 &lease,
		RenewDeadline:                 &renew,
		RetryPeriod:                   &retry,
	})
	if err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("alive", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("alive", healthz.Ping); err != nil {
		return err
	}
	sender := &courier{Client: mgr.GetClient(), receipts: given.receipts}
	if err := sender.register(mgr, given.workers); err != nil {
		return err
	}
	return mgr.Start(ctx)
}
