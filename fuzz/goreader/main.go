// The splitter against Go's readers: reads what `cargo run --release --example lists -- COUNT` writes, and
// compares every answer with sigs.k8s.io/yaml (as the API server and kubectl read) and with go.yaml.in/yaml/v3
// (as kyaml reads).
//
// A list agrees with a reader if the reader finds as many items, each item read alone is the same as in the
// list, head and tail are the other keys, and a certain kind is the one that the reader finds. A list that a
// reader refuses as a whole is counted apart.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

type answer struct {
	Text  string    `json:"text"`
	Head  int       `json:"head"`
	Items [][2]int  `json:"items"`
	Tail  int       `json:"tail"`
	Kinds []*string `json:"kinds"`
}

type reader struct {
	name string
	read func([]byte) (any, error)
	// How lists came out.
	agreed, several, refused, disagreed, items, certain int
}

func main() {
	readers := []*reader{{name: "sigs.k8s.io/yaml", read: readSigs}, {name: "go.yaml.in/yaml/v3", read: readV3}}
	total, answered := 0, 0
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			break
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			panic(err)
		}
		total++
		if a.Items == nil {
			continue
		}
		answered++
		for _, r := range readers {
			if why := r.compare(a); why != "" {
				r.disagreed++
				fmt.Printf("%s: %s\n%q\n", r.name, why, a.Text)
			}
		}
	}
	fmt.Printf("%d lists, %d answered\n", total, answered)
	failed := false
	for _, r := range readers {
		fmt.Printf("%s: %d agreed (%d with several items, %d items, %d certain kinds), %d refused by the reader, %d disagreed\n",
			r.name, r.agreed, r.several, r.items, r.certain, r.refused, r.disagreed)
		failed = failed || r.disagreed > 0
	}
	if failed {
		os.Exit(1)
	}
}

// Compares, and returns what differs.
func (r *reader) compare(a answer) string {
	whole, err := r.read([]byte(a.Text))
	if err != nil {
		r.refused++
		return ""
	}
	list, ok := whole.(map[string]any)
	if !ok {
		return "not a mapping"
	}
	items, _ := list["items"].([]any)
	if len(items) != len(a.Items) {
		return fmt.Sprintf("%d items, not %d", len(items), len(a.Items))
	}
	certain := 0
	for i, span := range a.Items {
		alone, err := r.read([]byte(a.Text[span[0]:span[1]]))
		if err != nil {
			return fmt.Sprintf("item %d cannot be read alone: %v", i, err)
		}
		if one, ok := alone.([]any); !ok || len(one) != 1 || !same(one[0], items[i]) {
			return fmt.Sprintf("item %d alone is %v, not %v", i, alone, items[i])
		}
		if a.Kinds[i] != nil {
			certain++
			object, _ := items[i].(map[string]any)
			// A word may be no string for Go: `True`.
			if kind := object["kind"]; kind != *a.Kinds[i] {
				return fmt.Sprintf("the kind of item %d is %v, not %s", i, kind, *a.Kinds[i])
			}
		}
	}
	rest := map[string]any{}
	for _, part := range []string{a.Text[:a.Head], a.Text[a.Tail:]} {
		keys, err := r.read([]byte(part))
		if err != nil {
			return fmt.Sprintf("%q cannot be read alone: %v", part, err)
		}
		if keys == nil {
			continue
		}
		for key, value := range keys.(map[string]any) {
			rest[key] = value
		}
	}
	delete(list, "items")
	if !same(rest, list) {
		return fmt.Sprintf("head and tail are %v, not %v", rest, list)
	}
	r.agreed++
	r.items += len(items)
	r.certain += certain
	if len(items) > 1 {
		r.several++
	}
	return ""
}

func same(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && bytes.Equal(left, right)
}

func readSigs(text []byte) (any, error) {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return value, nil
}

func readV3(text []byte) (any, error) {
	var node yamlv3.Node
	if err := yamlv3.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	if node.Kind == 0 {
		return nil, nil
	}
	return plain(node.Content[0], 0)
}

// Returns a node of kyaml's reader as JSON has it: keys are texts, values are what they were written as.
func plain(node *yamlv3.Node, depth int) (any, error) {
	if depth > 1000 {
		return nil, fmt.Errorf("too deep")
	}
	switch node.Kind {
	case yamlv3.AliasNode:
		return plain(node.Alias, depth+1)
	case yamlv3.SequenceNode:
		items := []any{}
		for _, child := range node.Content {
			item, err := plain(child, depth+1)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	case yamlv3.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, err := plain(node.Content[i], depth+1)
			if err != nil {
				return nil, err
			}
			value, err := plain(node.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			name := fmt.Sprint(key)
			if _, ok := object[name]; ok {
				return nil, fmt.Errorf("key %q twice", name)
			}
			object[name] = value
		}
		return object, nil
	}
	if node.Tag == "!!null" {
		return nil, nil
	}
	return node.Value, nil
}
