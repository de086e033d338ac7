package main

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var request = reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "depot", Name: "letter"}}

func letter(to string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   request.Namespace,
			Name:        request.Name,
			Labels:      map[string]string{outgoingLabel: outgoing},
			Annotations: map[string]string{recipientsKey: to},
		},
		Data: map[string]string{"text": "hello"},
	}
}

func delivered(t *testing.T, c *courier, namespace string) *corev1.ConfigMap {
	t.Helper()
	var found corev1.ConfigMap
	key := types.NamespacedName{Namespace: namespace, Name: request.Name}
	if err := c.Get(context.Background(), key, &found); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		t.Fatal(err)
	}
	return &found
}

func (c *courier) rounds(t *testing.T) {
	t.Helper()
	if result, err := c.Reconcile(context.Background(), request); err != nil || result.RequeueAfter != 0 {
		t.Fatalf("reconcile: %v, %v", result, err)
	}
}

// A parcel reaches every namespace it names, once, and not its own.
func TestDelivers(t *testing.T) {
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north, south,north,depot,")).Build()}
	c.rounds(t)
	for _, namespace := range []string{"north", "south"} {
		copied := delivered(t, c, namespace)
		if copied == nil || copied.Data["text"] != "hello" || !intact(copied) {
			t.Errorf("in %s: %v", namespace, copied)
		}
	}
	if _, marked := delivered(t, c, "depot").Labels[originLabel]; marked {
		t.Error("the parcel itself was taken for a copy")
	}
}

// A delivered parcel is left alone: a second round writes nothing.
func TestDeliversOnce(t *testing.T) {
	writes := 0
	counting := interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			writes++
			return c.Create(ctx, o, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			writes++
			return c.Update(ctx, o, opts...)
		},
	}
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north")).WithInterceptorFuncs(counting).Build()}
	c.rounds(t)
	c.rounds(t)
	if writes != 1 {
		t.Errorf("%d writes", writes)
	}
}

// What somebody changed in a copy is seen as damage and put right.
func TestRepairs(t *testing.T) {
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north")).Build()}
	c.rounds(t)
	good := delivered(t, c, "north")
	bad := good.DeepCopy()
	bad.Data["text"] = "forged"
	if !damaged().Update(event.UpdateEvent{ObjectOld: good, ObjectNew: bad}) {
		t.Error("damage is not noticed")
	}
	if damaged().Update(event.UpdateEvent{ObjectOld: bad, ObjectNew: good}) {
		t.Error("the courier's own delivery is taken for damage")
	}
	if err := c.Update(context.Background(), bad); err != nil {
		t.Fatal(err)
	}
	c.rounds(t)
	if text := delivered(t, c, "north").Data["text"]; text != "hello" {
		t.Errorf("the copy says %q", text)
	}
}

// A parcel that is deleted, or goes elsewhere, leaves nothing behind; other objects stay.
func TestTakesBack(t *testing.T) {
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "north", Name: "other"}}
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north,south"), foreign).Build()}
	c.rounds(t)
	moved := delivered(t, c, "depot")
	moved.Annotations[recipientsKey] = "south"
	if err := c.Update(context.Background(), moved); err != nil {
		t.Fatal(err)
	}
	c.rounds(t)
	if delivered(t, c, "north") != nil || delivered(t, c, "south") == nil {
		t.Error("the copies do not follow the annotation")
	}
	if err := c.Delete(context.Background(), moved); err != nil {
		t.Fatal(err)
	}
	c.rounds(t)
	if delivered(t, c, "south") != nil {
		t.Error("a copy outlived its parcel")
	}
	if err := c.Get(context.Background(), client.ObjectKeyFromObject(foreign), foreign); err != nil {
		t.Error(err)
	}
}

// A write that is denied is an error of the reconcile; one that was overtaken is only looked at again.
func TestFails(t *testing.T) {
	denied := apierrors.NewBadRequest("denied")
	overtaken := apierrors.NewAlreadyExists(corev1.Resource("configmaps"), "letter")
	for _, refusal := range []error{denied, overtaken} {
		refusing := interceptor.Funcs{
			Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return refusal },
		}
		c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north")).WithInterceptorFuncs(refusing).Build()}
		result, err := c.Reconcile(context.Background(), request)
		if failed := errors.Is(err, denied); failed != (refusal == denied) || (result.RequeueAfter == 0) != failed {
			t.Errorf("%v became %v, %v", refusal, result, err)
		}
	}
}

// A copy of somebody else's is neither overwritten nor deleted.
func TestSparesForeignObjects(t *testing.T) {
	occupied := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "north", Name: request.Name}}
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north"), occupied).Build()}
	if _, err := c.Reconcile(context.Background(), request); err == nil {
		t.Error("the place is taken, and nobody says so")
	}
	if found := delivered(t, c, "north"); found == nil || len(found.Data) != 0 {
		t.Errorf("the foreign object became %v", found)
	}
}

// A parcel says which content was delivered, and one that changed meanwhile makes the reconcile fail.
func TestReceipts(t *testing.T) {
	c := &courier{Client: fake.NewClientBuilder().WithObjects(letter("north")).Build(), receipts: true}
	c.rounds(t)
	parcel := delivered(t, c, "depot")
	if parcel.Annotations[receiptKey] != digest(parcel) {
		t.Errorf("the parcel says %v", parcel.Annotations)
	}
	parcel.ResourceVersion = "1"
	parcel.Data["text"] = "overtaken"
	if err := c.receipt(context.Background(), parcel); !apierrors.IsConflict(err) {
		t.Errorf("a parcel that changed meanwhile: %v", err)
	}
}
