package main
import ("fmt"; "sigs.k8s.io/yaml"; "github.com/fluxcd/pkg/envsubst")
func main(){
 for _, d := range []string{"2","true","y","no","~","","null","2024-01-01","2024-01-01T00:00:00Z","0x1f","0o7","017","089","1_000","1e3","1e","12:30:00","12:30","190:20:30",".5","5.","+1","-",".inf",".nan","#x","[1]","{a: b","*a","&a","!x","@x","%x","|",">","- x","-","?","? x",": x","=","<<","\"x\"","'x'","0b1","-0b1","+0x1","1e3_0","0.0","1.","TRUE","tRUE","Null","nULL"," 5","a  ","0o17","0b","_1","1__0","x: y","x #y","`x",",x","]","!!int 5","e3","1E5","Infinity","NaN",".Inf","+.inf","-.INF","Y","N","off","ON","on"} {
  j, err := yaml.JSONToYAML([]byte(fmt.Sprintf("{\"a\": %q}", "${A:="+d+"}")))
  if err != nil { fmt.Println(err); continue }
  out, err := envsubst.Eval(string(j), func(s string)(string,bool){return "",false})
  if err != nil { fmt.Printf("%-12q %-30q REFUSED %v\n", d, j, err); continue }
  js, err := yaml.YAMLToJSON([]byte(out))
  fmt.Printf("%-12q %-30q %-20q %s %v\n", d, j, out, js, err)
 }
}
