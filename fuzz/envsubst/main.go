// The grammar of placeholders against Flux's own module: reads what `cargo run --release --example templates --
// COUNT` writes, and compares every answer with github.com/fluxcd/pkg/envsubst, of the version that
// kustomize-controller v1.9 is built with.
//
// `takes` is whether the module takes the text itself; `written`, whether it takes what kustomize writes of it
// as a value; `becomes`, what sigs.k8s.io/yaml, which Flux reads the result with, makes of it where the
// variables are not set and all of it is known; what is no text to another reader only is counted apart. With the argument `verdicts` it only fills in what is right.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/yaml"
)

type answer struct {
	Text    string  `json:"text"`
	Takes   bool    `json:"takes"`
	Written bool    `json:"written"`
	Becomes *string `json:"becomes"`
}

func main() {
	only := len(os.Args) > 1 && os.Args[1] == "verdicts"
	total, refused, others, cautious, wrong := 0, 0, 0, 0, 0
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			break
		}
		var said answer
		if err := json.Unmarshal(line, &said); err != nil {
			panic(err)
		}
		right := judge(said.Text, said.Becomes)
		if only {
			if err := out.Encode(right); err != nil {
				panic(err)
			}
			continue
		}
		total++
		if !right.Takes {
			refused++
		}
		if said.Becomes != nil {
			others++
		}
		if said.Becomes != nil && right.Becomes == nil && right.Written {
			cautious++
			said.Becomes = nil
		}
		if said.Takes != right.Takes || said.Written != right.Written || word(said.Becomes) != word(right.Becomes) {
			wrong++
			fmt.Printf("%q: %v %v %q, not %v %v %q\n", said.Text,
				said.Takes, said.Written, word(said.Becomes), right.Takes, right.Written, word(right.Becomes))
		}
	}
	if only {
		return
	}
	fmt.Printf("%d texts, %d refused, %d no text any more (%d of them text to this reader), %d disagreements\n",
		total, refused, others, cautious, wrong)
	if wrong > 0 {
		os.Exit(1)
	}
}

func word(becomes *string) string {
	if becomes == nil {
		return ""
	}
	return *becomes
}

// Says what is right; a text with lengths in it is known, though strict substitution has no length of what is not
// set.
func judge(text string, said *string) answer {
	right := answer{Text: text}
	_, err := envsubst.Parse(text)
	right.Takes = err == nil
	written, err := yaml.JSONToYAML([]byte(object(text)))
	if err != nil {
		panic(err)
	}
	_, err = envsubst.Parse(string(written))
	right.Written = err == nil
	if !right.Takes || !right.Written || !strings.Contains(text, "${") {
		return right
	}
	strict := said == nil || !strings.Contains(text, "${#")
	out, err := envsubst.Eval(string(written), func(string) (string, bool) { return "", !strict })
	if err != nil {
		return right
	}
	right.Becomes = kind([]byte(out))
	// What a tag, an anchor or a block leaves may be a text, and is not what is meant.
	isBlock := strings.HasPrefix(string(written), "a: |")
	if !isBlock && strings.ContainsAny(strings.TrimLeft(strings.TrimPrefix(out, "a:"), " ")[:1], "!&|>") {
		said := "something else"
		right.Becomes = &said
	}
	// Without placeholders nothing is substituted.
	if out == string(written) || !strings.Contains(strings.ReplaceAll(text, "$$", ""), "${") {
		right.Becomes = nil
	}
	return right
}

func object(text string) string {
	value, err := json.Marshal(map[string]string{"a": text})
	if err != nil {
		panic(err)
	}
	return string(value)
}

func kind(out []byte) *string {
	said := "something else"
	var value map[string]any
	if text, err := yaml.YAMLToJSON(out); err != nil {
		// A number that JSON has none for: infinity.
		if strings.Contains(err.Error(), "unsupported value") {
			said = "a number"
		}
	} else if err := json.Unmarshal(text, &value); err == nil {
		a, ok := value["a"]
		switch a.(type) {
		case string:
			return nil
		case bool:
			said = "a boolean"
		case float64:
			said = "a number"
		case nil:
			if ok {
				said = "null"
			}
		}
	}
	return &said
}
