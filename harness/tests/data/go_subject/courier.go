package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	firstRetry = 50 * time.Millisecond
	// a parcel that failed all through a long outage is tried again soon after it
	lastRetry = 30 * time.Second
	// the cache has caught up by then with a write that was overtaken by another
	catchUp = 200 * time.Millisecond
	// a namespace that is not there yet, or is going away
	absentee = 30 * time.Second
)

// courier delivers parcels: one reconcile brings all copies of one parcel to what they should be.
type courier struct {
	client.Client
	// whether each parcel is told that it was delivered, by a write of its own that fails where somebody else was faster
	receipts bool
}

// Reconcile delivers to every recipient and takes back what lies anywhere else.
func (c *courier) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var parcel corev1.ConfigMap
	if err := c.Get(ctx, request.NamespacedName, &parcel); client.IgnoreNotFound(err) != nil {
		return reconcile.Result{}, err
	}
	wanted := recipients(&parcel)
	var failures []error
	var again time.Duration
	for _, namespace := range wanted {
		wait, err := later(c.deliver(ctx, &parcel, namespace))
		again = max(again, wait)
		failures = append(failures, err)
	}
	failures = append(failures, c.takeBack(ctx, request, wanted))
	if c.receipts && len(wanted) > 0 {
		failures = append(failures, c.receipt(ctx, &parcel))
	}
	return reconcile.Result{RequeueAfter: again}, errors.Join(failures...)
}

// deliver creates the copy in one namespace, or makes it like the parcel again.
func (c *courier) deliver(ctx context.Context, parcel *corev1.ConfigMap, namespace string) error {
	copied := wrapped(parcel, namespace)
	var found corev1.ConfigMap
	err := c.Get(ctx, client.ObjectKeyFromObject(copied), &found)
	switch {
	case apierrors.IsNotFound(err):
		return c.Create(ctx, copied)
	case err != nil:
		return err
	case found.Labels[originLabel] == "":
		return fmt.Errorf("ConfigMap %s in %s was not delivered by the courier and stays as it is", found.Name, namespace)
	case intact(&found) && found.Annotations[postmarkKey] == copied.Annotations[postmarkKey]:
		return nil
	}
	copied.ResourceVersion = found.ResourceVersion
	return c.Update(ctx, copied)
}

// receipt writes on the parcel which content was delivered, unless it says so already.
func (c *courier) receipt(ctx context.Context, parcel *corev1.ConfigMap) error {
	content := digest(parcel)
	if parcel.Annotations[receiptKey] == content {
		return nil
	}
	parcel.Annotations[receiptKey] = content
	return c.Update(ctx, parcel)
}

// takeBack deletes the copies that lie where the parcel is not (or no longer) to go.
func (c *courier) takeBack(ctx context.Context, request reconcile.Request, wanted []string) error {
	var copies corev1.ConfigMapList
	ours := client.MatchingLabels{originLabel: originID(request.NamespacedName)}
	if err := c.List(ctx, &copies, ours); err != nil {
		return err
	}
	var failures []error
	for index := range copies.Items {
		copied := &copies.Items[index]
		if copied.Name != request.Name || !slices.Contains(wanted, copied.Namespace) {
			failures = append(failures, client.IgnoreNotFound(c.Delete(ctx, copied)))
		}
	}
	return errors.Join(failures...)
}

// later tells what only needs another look from what failed.
func later(err error) (time.Duration, error) {
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return catchUp, nil
	case apierrors.IsNotFound(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return absentee, nil
	}
	return 0, err
}

// register makes the courier a controller named parcel, which is also its queue's name.
func (c *courier) register(mgr manager.Manager, workers int) error {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry)
	return builder.ControllerManagedBy(mgr).
		Named("parcel").
		For(&corev1.ConfigMap{}, builder.WithPredicates(parcels())).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(sender), builder.WithPredicates(damaged())).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: limiter}).
		Complete(c)
}

// parcels passes what is a parcel or was one until now.
func parcels() predicate.Predicate {
	is := func(object client.Object) bool { return object.GetLabels()[outgoingLabel] == outgoing }
	passed := predicate.NewPredicateFuncs(is)
	passed.UpdateFunc = func(e event.UpdateEvent) bool { return is(e.ObjectOld) || is(e.ObjectNew) }
	return passed
}

// damaged passes copies that are gone or were changed by somebody else, and all of them at the start.
func damaged() predicate.Predicate {
	is := func(object client.Object) bool { return object.GetLabels()[originLabel] != "" }
	broken := func(object client.Object) bool {
		copied, found := object.(*corev1.ConfigMap)
		return found && !intact(copied)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return is(e.Object) && (e.IsInInitialList || broken(e.Object)) },
		UpdateFunc: func(e event.UpdateEvent) bool { return (is(e.ObjectOld) || is(e.ObjectNew)) && broken(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool { return is(e.Object) },
	}
}

// sender asks for the parcel that a copy came from.
func sender(_ context.Context, object client.Object) []reconcile.Request {
	copied, found := object.(*corev1.ConfigMap)
	if !found {
		return nil
	}
	origin, known := originOf(copied)
	if !known {
		return nil
	}
	return []reconcile.Request{{NamespacedName: origin}}
}
