package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// What makes a ConfigMap a parcel, and where it goes.
const (
	outgoingLabel     = "courier.example.com/outgoing"
	recipientsKey     = "courier.example.com/deliver-to"
	originLabel       = "courier.example.com/origin-id"
	originKey         = "courier.example.com/origin"
	postmarkKey       = "courier.example.com/postmark"
	receiptKey        = "courier.example.com/receipt"
	outgoing          = "yes"
	digestBytes       = 16
	postmarkSeparator = "/"
)

// recipients are the namespaces that a parcel is to be delivered to; none if it is no parcel.
func recipients(parcel *corev1.ConfigMap) []string {
	if parcel.Labels[outgoingLabel] != outgoing || parcel.DeletionTimestamp != nil {
		return nil
	}
	var found []string
	seen := map[string]bool{"": true, parcel.Namespace: true}
	for _, word := range strings.Split(parcel.Annotations[recipientsKey], ",") {
		namespace := strings.TrimSpace(word)
		if !seen[namespace] {
			seen[namespace] = true
			found = append(found, namespace)
		}
	}
	return found
}

// wrapped is the copy of a parcel for one namespace.
func wrapped(parcel *corev1.ConfigMap, namespace string) *corev1.ConfigMap {
	origin := types.NamespacedName{Namespace: parcel.Namespace, Name: parcel.Name}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   namespace,
			Name:        parcel.Name,
			Labels:      map[string]string{originLabel: originID(origin)},
			Annotations: map[string]string{originKey: origin.String(), postmarkKey: postmark(parcel)},
		},
		Data:       parcel.Data,
		BinaryData: parcel.BinaryData,
	}
}

// postmark names the version of a parcel and its content: a copy with it needs no other delivery.
func postmark(parcel *corev1.ConfigMap) string {
	return parcel.ResourceVersion + postmarkSeparator + digest(parcel)
}

// intact tells whether a copy is as it was delivered, of whatever version.
func intact(delivered *corev1.ConfigMap) bool {
	origin, known := originOf(delivered)
	_, content, found := strings.Cut(delivered.Annotations[postmarkKey], postmarkSeparator)
	return known && found && content == digest(delivered) && delivered.Labels[originLabel] == originID(origin)
}

// originOf is the parcel that a copy says it came from.
func originOf(delivered *corev1.ConfigMap) (types.NamespacedName, bool) {
	namespace, name, found := strings.Cut(delivered.Annotations[originKey], string(types.Separator))
	return types.NamespacedName{Namespace: namespace, Name: name}, found
}

// originID is the origin as a label's value, which has neither room for two names nor a slash.
func originID(origin types.NamespacedName) string {
	return shortened([]byte(origin.String()))
}

func digest(object *corev1.ConfigMap) string {
	content, err := json.Marshal([]any{object.Data, object.BinaryData})
	if err != nil {
		panic(err) // maps of text and bytes always have a JSON form
	}
	return shortened(content)
}

func shortened(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:digestBytes])
}
